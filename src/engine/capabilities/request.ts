import { Type } from 'typebox';
import { schema } from '../../kernel/schema.ts';
import { defineContract, eventType } from '../../model/contract.ts';
import { defineOwner } from '../../model/owner.ts';

const requestShape = schema(
  Type.Object({
    capability: Type.String(),
    key: Type.String(),
    principal: Type.String(),
    order: Type.Optional(Type.String()),
    shipment: Type.Optional(Type.String()),
    asset: Type.Optional(Type.String()),
    item: Type.Optional(Type.String()),
    input: Type.Unknown(),
  }),
);

export const ourselves = defineOwner({ name: 'lineshaft', title: 'Lineshaft', mail: '', side: 'it' });

/** An action that a caller asks for over the API is an event like any other, which only the engine itself can send. */
export const requested = defineContract({
  name: 'lineshaft.capability.requested',
  version: 1,
  title: 'A capability was requested over the API',
  owner: ourselves,
  schema: requestShape,
  keys: { order: 'order', shipment: 'shipment', asset: 'asset', item: 'item' },
  examples: [{ capability: 'production-order.release', key: 'r1', principal: 'planner', order: 'PO-1', input: { order: 'PO-1' } }],
});

const type = eventType(requested);

/** Whether a caller of the API waits for what follows from this event. */
export function isRequest(event: { readonly type: string }): boolean {
  return event.type === type;
}
