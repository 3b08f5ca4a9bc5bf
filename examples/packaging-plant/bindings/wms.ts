import { accepted, defineBinding, refused, schema, Type, type Static } from 'lineshaft';
import { expectedReceipt, reviseExpectedReceipt } from '../capabilities/expected-receipt.ts';
import { warehouseCommitments } from '../capabilities/warehouse-commitments.ts';
import { wmsSettles } from '../limits.ts';
import { wms } from '../systems.ts';
import { answerOf, bodyOf } from './answer.ts';

export const wmsCommitments = defineBinding({
  capability: warehouseCommitments,
  system: wms,
  request: ({ item }) => ({ method: 'GET', path: '/commitments', query: { item } }),
  reply: (reply) => answerOf(reply, warehouseCommitments.output, (commitments) => commitments),
});

const receiptShape = Type.Object({
  order: Type.String(),
  quantity: Type.Integer({ minimum: 0 }),
  expectedAt: Type.String(),
  revision: Type.Integer({ minimum: 0 }),
  reference: Type.Union([Type.String(), Type.Null()]),
});
type Receipt = Static<typeof receiptShape>;
const receipt = schema(receiptShape);
const receiptPath = (order: string): string => `/expected-receipts/${encodeURIComponent(order)}`;
const known = ({ order, quantity, expectedAt, revision }: Receipt): Omit<Receipt, 'reference'> => ({ order, quantity, expectedAt, revision });

export const wmsExpectedReceipt = defineBinding({
  capability: expectedReceipt,
  system: wms,
  request: ({ order }) => ({ method: 'GET', path: receiptPath(order) }),
  reply: (reply) => answerOf(reply, receipt, known),
});

/** Conditional by the revision, which the WMS wants to grow. */
export const wmsReviseExpectedReceipt = defineBinding({
  capability: reviseExpectedReceipt,
  system: wms,
  guarantee: {
    kind: 'read-back',
    settlesWithin: wmsSettles,
    conditional: true,
    confirms: true,
    request: ({ order }) => ({ method: 'GET', path: receiptPath(order) }),
    found(reply, _input, effect) {
      const current = bodyOf(reply, receipt);
      if (current.reference === effect.key) return accepted(known(current));
      if (current.revision < effect.revision) return 'absent';
      return refused({ code: 'STALE_REVISION', message: `somebody else has revised the expected receipt to revision ${current.revision}` });
    },
  },
  request: ({ order, quantity, expectedAt }, effect) => ({
    method: 'PUT',
    path: receiptPath(order),
    body: { revision: effect.revision, quantity, expectedAt, reference: effect.key },
  }),
  reply: (reply) => answerOf(reply, receipt, known),
});
