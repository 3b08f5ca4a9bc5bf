import { defineBinding, schema, Type } from 'lineshaft';
import { reviseComponentNeed } from '../capabilities/component-need.ts';
import { supplier } from '../systems.ts';
import { answerOf } from './answer.ts';

const taken = schema(Type.Object({ messageId: Type.String({ minLength: 1 }) }));

/** The portal takes a message id once. */
export const supplierReviseComponentNeed = defineBinding({
  capability: reviseComponentNeed,
  system: supplier,
  guarantee: { kind: 'idempotency-key' },
  request: ({ purchaseOrder, component, order, quantity, neededAt }, effect) => ({
    method: 'POST',
    path: '/api/needs',
    body: { messageId: effect.key, purchaseOrder, component, order, quantity, neededAt, revision: effect.revision },
  }),
  reply: (reply) => answerOf(reply, taken, ({ messageId }) => ({ messageId })),
});
