// The ERP's production order: revised once per intended change, to ends that follow from the machine's true rate.
import { isBottleneck, isRestored, plansOf, trueEnd, type Expectation } from './expectation.ts';
import { counted, judged, listed, same, shownAt, type Row } from './row.ts';
import { at, type Entry, type Testimony } from './testimony.ts';

const revisedType = 'production-order.revised';

export function orderRows(expectation: Expectation, testimony: Testimony): readonly Row[] {
  const { world, outcome } = expectation;
  const { id } = world.order;
  const about = testimony.ledgers.erp.filter(({ key }) => key === id);
  const changes = about.filter(({ type }) => type === revisedType);
  const plans = plansOf(expectation);
  const wanted = plans === 0 ? 0 : plans + (isRestored(outcome) ? 1 : 0);
  const rows = [
    same('erp.revisions', `How often was ${id} revised at the ERP?`, wanted, changes.length),
    same('erp.nothing-else', `What else was written about ${id} at the ERP?`, 'none', listed(about.filter(({ type }) => type !== revisedType).map(({ type }) => type))),
  ];
  if (!isBottleneck(outcome)) return rows;
  return [...rows, ...planRows(expectation, testimony, changes), ...(isRestored(outcome) ? [restoredRow(expectation, changes)] : [])];
}

function planRows(expectation: Expectation, testimony: Testimony, changes: readonly Entry[]): readonly Row[] {
  const [first, second] = changes;
  const { delayMs, world } = expectation;
  const end = plannedEnd(first);
  const interval = trueEnd(expectation, testimony, first?.atMs ?? 0);
  const rows = [
    judged(
      'erp.first-end',
      `Does ${world.order.id} end when the machine's true rate says?`,
      interval ? `${shownAt(interval.fromMs)} to ${shownAt(interval.toMs)}` : 'a machine that slows down',
      end === undefined ? 'never planned' : shownAt(end),
      interval !== undefined && end !== undefined && end >= interval.fromMs && end <= interval.toMs,
    ),
    same('erp.first-before', 'What did the first revision replace?', shownAt(world.order.slotEnd), shownAt(textAt(first, 'before', 'plannedEnd'))),
  ];
  if (delayMs === 0) return rows;
  const later = end === undefined ? 'a first end' : shownAt(end + delayMs);
  const found = plannedEnd(second);
  return [
    ...rows,
    same('erp.second-end', `Is it revised by the ${delayMs / 60_000} min that the supplier is late?`, later, found === undefined ? 'never planned' : shownAt(found)),
  ];
}

function restoredRow({ world }: Expectation, changes: readonly Entry[]): Row {
  const last = changes.at(-1);
  const found = `${shownAt(textAt(last, 'after', 'plannedEnd'))} ${textAt(last, 'after', 'status')} ${counted(at(last?.data, 'after', 'quantity') ?? 'nothing', 'packs')}`;
  return same('erp.restored', 'Is the order planned as before?', `${shownAt(world.order.slotEnd)} released ${counted(world.order.quantity, 'packs')}`, found);
}

/** Epoch milliseconds of the end that a revision planned. */
export function plannedEnd(entry: Entry | undefined): number | undefined {
  const ms = Date.parse(textAt(entry, 'after', 'plannedEnd'));
  return Number.isNaN(ms) ? undefined : ms;
}

/** The ends that the revisions of the order planned, in order, as whoever follows the ERP must know them. */
export function plannedEnds({ world }: Pick<Expectation, 'world'>, { ledgers }: Pick<Testimony, 'ledgers'>): readonly (number | undefined)[] {
  return ledgers.erp.filter(({ key, type }) => key === world.order.id && type === revisedType).map(plannedEnd);
}

function textAt(entry: Entry | undefined, ...path: readonly string[]): string {
  const found = at(entry?.data, ...path);
  return typeof found === 'string' || typeof found === 'number' ? String(found) : 'nothing';
}
