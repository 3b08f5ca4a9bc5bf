// The next order: released at the ERP where the line takes it, and not released where it does not. In other plays nobody touches it.
import type { Expectation } from './expectation.ts';
import { listed, same, shownAt, type Row } from './row.ts';
import { at, type Testimony } from './testimony.ts';

export function releaseRows({ world, outcome }: Expectation, { ledgers }: Testimony): readonly Row[] {
  const { id, quantity, slotEnd } = world.nextOrder;
  const isReleased = outcome === 'released' || outcome === 'released-not-revised';
  const isTakenBack = outcome === 'release-taken-back' || outcome === 'release-late';
  const wanted = isReleased ? ['production-order.released'] : isTakenBack ? ['production-order.released', 'production-order.unreleased'] : [];
  const dispatches = isReleased ? [`dispatch.accepted ${id} ${quantity} by ${shownAt(slotEnd)}`] : [];
  const found = ledgers.mes.map(({ type, key, data }) => `${type} ${key} ${String(at(data, 'quantity'))} by ${shownAt(String(at(data, 'plannedEnd')))}`);
  return [
    same('erp.release', `What was done with ${id} at the ERP?`, listed(wanted), listed(ledgers.erp.filter(({ key }) => key === id).map(({ type }) => type))),
    same('mes.dispatches', 'What did the MES take?', listed(dispatches), listed(found)),
  ];
}
