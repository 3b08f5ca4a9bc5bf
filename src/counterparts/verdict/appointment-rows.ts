// The TMS's dock appointment: moved once per plan, in order, not before the service was back, and on the dock's grid.
import { dockWindow, isRestored, type Expectation } from './expectation.ts';
import { plannedEnds } from './order-rows.ts';
import { judged, listed, same, shownAt, type Row } from './row.ts';
import { at, type Testimony } from './testimony.ts';

interface Window {
  readonly from: string;
  readonly to: string;
}

export function appointmentRows(expectation: Expectation, testimony: Testimony): readonly Row[] {
  const { world } = expectation;
  const { id } = world.appointment;
  const all = testimony.ledgers.tms;
  const moves = all.filter(({ type, key }) => type === 'appointment' && key === id);
  const revisions = moves.map(({ revision }) => revision);
  const inOrder = revisions.every((revision, index) => revision === index + 1);
  const rows = [
    same(
      'tms.windows',
      `Where was ${id} moved, one after the other?`,
      listed(windowsWanted(expectation, testimony).map(shown)),
      listed(moves.map(({ data }) => shown(windowIn(data)))),
    ),
    judged('tms.revisions', 'Did every revision of the move arrive once, in order?', listed(moves.map((_, index) => index + 1)), listed(revisions), inOrder),
    same('tms.nothing-else', 'What else was written at the TMS?', 'none', listed(all.filter((entry) => !moves.includes(entry)).map(({ type, key }) => `${type} ${key}`))),
  ];
  return expectation.facts.play === 'main' ? [...rows, ...outageRows(expectation, testimony)] : rows;
}

/** One window per plan; to restore, back to the first in one move. */
function windowsWanted(expectation: Expectation, testimony: Testimony): readonly Window[] {
  const { appointment } = expectation.world;
  const original: Window = { from: appointment.from, to: appointment.to };
  const lengthMs = Date.parse(appointment.to) - Date.parse(appointment.from);
  const restored = isRestored(expectation.outcome);
  const ends = plannedEnds(expectation, testimony);
  const way: Window[] = [original];
  for (const end of restored ? ends.slice(0, -1) : ends) {
    const before = way.at(-1) ?? original;
    const window = dockWindow(end ?? 0, lengthMs);
    if (window.from > before.from) way.push(window);
  }
  return [...way.slice(1), ...(restored && way.length > 1 ? [original] : [])];
}

function outageRows({ facts, world }: Expectation, { ledgers }: Testimony): readonly Row[] {
  const { downFromMs = Number.POSITIVE_INFINITY, upAgainMs = Number.POSITIVE_INFINITY } = facts;
  const during = ledgers.tms.filter(({ atMs }) => atMs >= downFromMs && atMs < upAgainMs);
  const order = ledgers.erp.filter(({ key }) => key === world.order.id);
  const [firstMove] = ledgers.tms;
  const early = order.filter(({ atMs }) => atMs >= downFromMs && atMs < (firstMove?.atMs ?? Number.POSITIVE_INFINITY) && atMs < upAgainMs);
  return [
    same('tms.outage', 'What did the TMS commit while it was down?', 'none', listed(during.map(({ type }) => type))),
    same('erp.went-on', 'How many revisions did the ERP take while the TMS was down, before its first move?', order.length, early.length),
    judged(
      'tms.drained',
      'When was the first move committed?',
      'after the TMS was back',
      firstMove ? `${firstMove.atMs - upAgainMs} ms after` : 'never',
      firstMove !== undefined && firstMove.atMs >= upAgainMs,
    ),
  ];
}

function windowIn(data: unknown): Window {
  return { from: String(at(data, 'window', 'from')), to: String(at(data, 'window', 'to')) };
}

function shown({ from, to }: Window): string {
  return `${shownAt(from)} to ${shownAt(to)}`;
}
