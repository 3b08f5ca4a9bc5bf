import { accepted, defineBinding, defineCapability, defineSystem, httpJson, parse, schema, Type } from 'lineshaft';
import { benchTeam } from './plant.ts';

const receipt = schema(Type.Object({ order: Type.String(), quantity: Type.Integer({ minimum: 1 }) }));
const postingShape = Type.Object({ posting: Type.Integer() });
const posted = schema(postingShape);
const refusal = schema(Type.Object({ code: Type.String(), message: Type.String() }));

export const erp = defineSystem({
  name: 'erp',
  title: 'ERP',
  role: 'record',
  owner: benchTeam,
  owns: ['inventory'],
  connector: httpJson,
  limits: { rateMax: 1_000 },
});

export const postGoodsReceipt = defineCapability({
  name: 'goods-receipt.post',
  title: 'Post a goods receipt',
  owner: benchTeam,
  effect: 'action',
  domain: 'inventory',
  input: receipt,
  output: posted,
  refusal,
  keys: { order: 'order' },
  entity: 'order',
});

const list = schema(Type.Array(postingShape));
const path = '/api/goods-receipts';

export const erpGoodsReceipt = defineBinding({
  capability: postGoodsReceipt,
  system: erp,
  guarantee: {
    kind: 'read-back',
    settlesWithin: '3s',
    // The ERP refuses a reference that it has posted.
    conditional: true,
    request: (_input, effect) => ({ method: 'GET', path, query: { reference: effect.key } }),
    found(reply) {
      const found = parse(list, reply.body, 'The receipts')[0];
      return found ? accepted({ posting: found.posting }) : 'absent';
    },
  },
  request: ({ order, quantity }, effect) => ({ method: 'POST', path, body: { order, quantity, reference: effect.key } }),
  reply: (reply) => accepted({ posting: parse(posted, reply.body, 'The receipt').posting }),
});
