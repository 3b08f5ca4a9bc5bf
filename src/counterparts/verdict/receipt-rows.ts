// The WMS's expected receipt: follows every plan of the ERP, its revisions growing.
import type { Expectation } from './expectation.ts';
import { plannedEnds } from './order-rows.ts';
import { counted, judged, listed, same, shownAt, type Row } from './row.ts';
import { at, type Testimony } from './testimony.ts';

export function receiptRows(expectation: Pick<Expectation, 'world' | 'remaining'>, testimony: Pick<Testimony, 'ledgers'>): readonly Row[] {
  const { world, remaining } = expectation;
  const all = testimony.ledgers.wms;
  const receipts = all.filter(({ type, key }) => type === 'expected-receipt.revised' && key === world.order.id);
  // What a plan expects is what the order lacks, when the order ends; that holds for the plan of before as well.
  const expected = plannedEnds(expectation, testimony).map((end) => `${counted(remaining, 'packs')} at ${end === undefined ? '?' : shownAt(end)}`);
  const found = receipts.map(({ data }) => `${counted(at(data, 'after', 'quantity'), 'packs')} at ${shownAt(String(at(data, 'after', 'expectedAt')))}`);
  const revisions = receipts.map(({ revision }) => revision);
  const grows = revisions.every((revision, index) => revision !== undefined && revision > (revisions[index - 1] ?? 0));
  return [
    same('wms.receipts', 'What does the warehouse expect, revision by revision?', listed(expected), listed(found)),
    judged('wms.revisions', 'Do the revisions of the expected receipt grow?', 'each higher than the one before', listed(revisions), grows),
    same('wms.nothing-else', 'What else was written at the WMS?', 'none', listed(all.filter((entry) => !receipts.includes(entry)).map(({ type, key }) => `${type} ${key}`))),
  ];
}
