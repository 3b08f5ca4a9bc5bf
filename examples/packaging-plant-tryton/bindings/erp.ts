import { accepted, defineBinding, parse, trytonDate, type EffectIdentity, type Found, type Result, type TrytonReply, type TrytonRequest } from 'lineshaft';
import { releaseProductionOrder, reviseProductionOrder, unreleaseProductionOrder } from '../capabilities/production-order.ts';
import type { Refusal } from '../capabilities/refusal.ts';
import { erpSettles } from '../limits.ts';
import { erp } from '../erp.ts';
import { byNumber, orderFields, orderRow, orderRows, refusal, rowsOf, statusOf, type OrderRow } from './order-row.ts';
import { isReferenceOf, plannedEndIn, referenceOf } from './reference.ts';

interface Changed {
  readonly order: string;
  readonly plannedEnd: string;
  readonly quantity: number;
  readonly status: 'created' | 'released' | 'closed';
  readonly version: number;
}
/** What every change of an order names; `version` only where a decision was taken on one. */
interface OfOrder {
  readonly order: string;
  readonly version?: number;
}

function changedOf({ number, reference, planned_date: date, quantity, state, _version: version }: OrderRow): Changed {
  if (date === null) throw new Error(`${number} has lost its planned date`);
  return { order: number, plannedEnd: plannedEndIn(reference, date), quantity, status: statusOf(state), version };
}

/**
 * Tryton has no idempotency keys, and answers null to a button that does nothing: every change is read back. A second try is refused
 * by Tryton itself, because the record is only changed as it was read (`_timestamp`).
 */
function readBack(
  isThere: (row: OrderRow, effect: EffectIdentity, us: TrytonReply['us']) => boolean,
  changed: (row: OrderRow, us: TrytonReply['us'], version?: number) => Changed,
) {
  return {
    kind: 'read-back',
    settlesWithin: erpSettles,
    conditional: true,
    confirms: true,
    request: ({ order }: OfOrder): TrytonRequest => ({ read: { orders: { model: 'production', where: byNumber(order), fields: orderFields } } }),
    found(reply: TrytonReply, { version }: OfOrder, effect: EffectIdentity): Found<Changed, Refusal> {
      if (reply.kind !== 'records') throw new Error('Tryton did not let us read the order back');
      const [row, ...more] = rowsOf(reply, 'orders', orderRows);
      if (!row || more.length > 0) throw new Error(`Tryton has ${more.length + (row ? 1 : 0)} such orders`);
      return isThere(row, effect, reply.us) ? accepted(changed(row, reply.us, version)) : 'absent';
    },
  } as const;
}

/** What an answer of success gives until it is read back: the order as it was. */
function replied(reply: TrytonReply): Result<Changed, Refusal> {
  if (reply.kind === 'refused') return refusal(reply);
  if (reply.kind !== 'done') throw new Error(`Tryton answered a change with "${reply.kind}"`);
  return accepted(changedOf(parse(orderRow, reply.before, "Tryton's order")));
}

const open: readonly OrderRow['state'][] = ['request', 'draft', 'waiting', 'assigned', 'running'];

/**
 * Ours is there as long as the reference is ours, which a planner does not touch. Where somebody wrote the order after us, their
 * version is not the one that we made: a later change of ours must not pass over it, so the one that it was decided on is told, which is stale.
 */
export const erpReviseProductionOrder = defineBinding({
  capability: reviseProductionOrder,
  system: erp,
  guarantee: readBack(
    ({ reference }, { key }) => isReferenceOf(reference, key),
    (row, { user }, version) => (row.write_uid === user ? changedOf(row) : { ...changedOf(row), version: version ?? row._version }),
  ),
  request: ({ order, plannedEnd, status, version }, { key }) => ({
    change: {
      model: 'production',
      where: byNumber(order),
      fields: orderFields,
      // A status that is to come back must still be there: it is changed by release and unrelease only.
      when: { state: open.filter((state) => status === undefined || statusOf(state) === status) },
      version,
      method: 'write',
      values: { planned_date: trytonDate(plannedEnd), reference: referenceOf(plannedEnd, key) },
    },
  }),
  reply: replied,
});

/** To release an order is to run it: its material moves to the line. Tryton notes the employee who did. */
export const erpReleaseProductionOrder = defineBinding({
  capability: releaseProductionOrder,
  system: erp,
  guarantee: readBack(({ state, run_by: by }, _effect, { employee }) => (state === 'running' || state === 'done') && by !== null && by === employee, changedOf),
  request: ({ order }, { key }) => ({
    change: { model: 'production', where: byNumber(order), fields: orderFields, when: { state: ['assigned'] }, method: 'run', context: { lineshaft: key } },
  }),
  reply: replied,
});

/** Back to waiting; what lies at the line already stays there. */
export const erpUnreleaseProductionOrder = defineBinding({
  capability: unreleaseProductionOrder,
  system: erp,
  guarantee: readBack(({ state }) => statusOf(state) === 'created', changedOf),
  request: ({ order }, { key }) => ({
    change: { model: 'production', where: byNumber(order), fields: orderFields, when: { state: ['running'] }, method: 'wait', context: { lineshaft: key } },
  }),
  reply: replied,
});
