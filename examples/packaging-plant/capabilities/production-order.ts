import { defineCapability, schema, Type, type Static } from 'lineshaft';
import { instant } from '../instant.ts';
import { planning } from '../owners.ts';
import { pack, piece } from '../units.ts';
import { refusal } from './refusal.ts';

const componentShape = Type.Object({
  component: Type.String({ minLength: 1 }),
  purchaseOrder: Type.String({ minLength: 1 }),
  supplier: Type.String({ minLength: 1 }),
  quantity: Type.Integer({ minimum: 0 }),
  neededAt: instant,
});
export type Component = Static<typeof componentShape>;
export const componentUnits = { quantity: piece };

export const orderStatus = Type.Union([Type.Literal('created'), Type.Literal('released'), Type.Literal('revised'), Type.Literal('closed')]);
const order = Type.String({ minLength: 1 });
const orderOnly = schema(Type.Object({ order }));
const common = { owner: planning, domain: 'orders', keys: { order: 'order' }, entity: 'order', refusal } as const;

const documentShape = Type.Object({
  order,
  item: Type.String({ minLength: 1 }),
  quantity: Type.Integer({ minimum: 0 }),
  unit: Type.String(),
  plannedStart: instant,
  plannedEnd: instant,
  status: orderStatus,
  line: Type.String(),
  components: Type.Array(componentShape),
  version: Type.Integer({ minimum: 1 }),
});
const document = schema(documentShape);

export const productionOrder = defineCapability({
  ...common,
  name: 'production-order',
  title: 'Production order',
  effect: 'query',
  input: orderOnly,
  output: document,
  units: { output: { quantity: pack, components: componentUnits } },
});

const revision = schema(
  Type.Object({
    order,
    plannedEnd: instant,
    status: Type.Optional(orderStatus),
    version: Type.Integer({ minimum: 1, description: 'The version that the decision was taken on; an order changed since is not revised.' }),
    reason: Type.String(),
  }),
);
const revised = schema(Type.Object({ order, plannedEnd: instant, quantity: Type.Integer({ minimum: 0 }), status: orderStatus, version: Type.Integer({ minimum: 1 }) }));

export const reviseProductionOrder = defineCapability({
  ...common,
  name: 'production-order.revise',
  title: 'Revise a production order',
  effect: 'action',
  input: revision,
  output: revised,
  units: { output: { quantity: pack } },
});

const release = schema(Type.Object({ order, revision: Type.Integer({ minimum: 1 }) }));

export const releaseProductionOrder = defineCapability({
  ...common,
  name: 'production-order.release',
  title: 'Release a production order',
  effect: 'action',
  input: release,
  output: revised,
  units: { output: { quantity: pack } },
});

export const unreleaseProductionOrder = defineCapability({
  ...common,
  name: 'production-order.unrelease',
  title: 'Take back the release of a production order',
  effect: 'action',
  input: release,
  output: revised,
  units: { output: { quantity: pack } },
});
