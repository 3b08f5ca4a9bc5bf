// The supplier: told once per need that a component is needed later, and answering each once.
import { isBottleneck, isRestored, laterNeed, type Expectation } from './expectation.ts';
import { plannedEnds } from './order-rows.ts';
import { counted, judged, listed, same, shownAt, type Row } from './row.ts';
import { at, type Entry, type Testimony } from './testimony.ts';

export function needRows(expectation: Expectation, testimony: Testimony): readonly Row[] {
  const { ledgers } = testimony;
  const ends = plannedEnds(expectation, testimony);
  const needs = ledgers.supplier.filter(({ type }) => type === 'need.revised');
  const answers = ledgers.supplier.filter(({ type }) => type === 'answer.sent');
  const components = isBottleneck(expectation.outcome) ? expectation.world.components : [];
  const wanted = components.length * (isRestored(expectation.outcome) ? 2 : 1);
  return [
    same('supplier.needs', 'How many revised needs did the supplier take?', wanted, needs.length),
    judged(
      'supplier.answers',
      'Did the supplier answer each message once?',
      'one answer per message',
      `${answers.length} answers to ${new Set(answers.map(messageOf)).size} of ${needs.length} messages`,
      answers.length === needs.length && new Set(answers.map(messageOf)).size === needs.length,
    ),
    ...components.flatMap(({ purchaseOrder }) =>
      purchaseRows(
        expectation,
        ends,
        needs.filter(({ key }) => key === purchaseOrder),
        purchaseOrder,
      ),
    ),
  ];
}

function purchaseRows(expectation: Expectation, ends: readonly (number | undefined)[], needs: readonly Entry[], purchaseOrder: string): readonly Row[] {
  const component = expectation.world.components.find((each) => each.purchaseOrder === purchaseOrder);
  const [told] = needs;
  const [end] = ends;
  const interval = component && told && end !== undefined ? laterNeed(expectation, component, end, told.atMs) : undefined;
  const neededMs = Date.parse(neededAt(told));
  const rows = [
    judged(
      `supplier.need.${purchaseOrder}`,
      `Is ${purchaseOrder} needed later as the order stretches?`,
      interval ? `${shownAt(interval.fromMs)} to ${shownAt(interval.toMs)}` : 'a later need',
      told ? shownAt(neededMs) : 'never told',
      interval !== undefined && neededMs >= interval.fromMs && neededMs <= interval.toMs,
    ),
    same(`supplier.quantity.${purchaseOrder}`, `How much of ${purchaseOrder}?`, counted(component?.quantity ?? '?', 'pieces'), counted(at(told?.data, 'quantity'), 'pieces')),
  ];
  if (!isRestored(expectation.outcome)) return rows;
  return [...rows, same(`supplier.restored.${purchaseOrder}`, `When is ${purchaseOrder} needed in the end?`, shownAt(component?.neededAt ?? '?'), shownAt(neededAt(needs.at(-1))))];
}

function neededAt(entry: Entry | undefined): string {
  return String(at(entry?.data, 'neededAt'));
}

function messageOf(entry: Entry): string {
  return listed([String(at(entry.data, 'inReplyTo'))]);
}
