import {
  defineAsset,
  defineCapability,
  defineConnector,
  defineContract,
  defineDecision,
  defineException,
  defineOwner,
  defineSignal,
  defineSource,
  defineSourceConnector,
  defineSystem,
  schema,
  Type,
} from 'lineshaft';

// A small landscape whose types the neighbouring files lean on. Each schema has a const of its own, as the style asks.

export const planning = defineOwner({ name: 'planning', title: 'Production planning', mail: 'planning@plant.example', side: 'it' });

const varianceSchema = schema(Type.Object({ order: Type.String(), asset: Type.String(), missingPerMin: Type.Number() }));
export const variance = defineContract({
  name: 'production.variance',
  version: 1,
  title: 'An order falls behind',
  owner: planning,
  schema: varianceSchema,
  keys: { order: 'order', asset: 'asset' },
  examples: [{ order: 'PO-1', asset: 'packer-1', missingPerMin: 54 }],
  units: { missingPerMin: '{pack}/min' },
});

const clearedSchema = schema(Type.Object({ order: Type.String() }));
export const varianceCleared = defineContract({
  name: 'production.variance-cleared',
  version: 1,
  title: 'An order is back on its rate',
  owner: planning,
  schema: clearedSchema,
  keys: { order: 'order' },
  examples: [{ order: 'PO-1' }],
});

const reviseInput = schema(Type.Object({ order: Type.String(), quantity: Type.Integer() }));
const reviseOutput = schema(Type.Object({ version: Type.Integer(), before: Type.Object({ order: Type.String(), quantity: Type.Integer() }) }));
const reviseRefusal = schema(Type.Object({ code: Type.Union([Type.Literal('ORDER_CLOSED'), Type.Literal('PERIOD_CLOSED')]), message: Type.String() }));
export const reviseOrder = defineCapability({
  name: 'production-order.revise',
  title: 'Revise a production order',
  owner: planning,
  effect: 'action',
  domain: 'orders',
  input: reviseInput,
  output: reviseOutput,
  refusal: reviseRefusal,
  keys: { order: 'order' },
  entity: 'order',
  units: { input: { quantity: '{pack}' }, output: { before: { quantity: '{pack}' } } },
});

const scheduleInput = schema(Type.Object({ order: Type.String() }));
const scheduleOutput = schema(Type.Object({ version: Type.Integer(), quantity: Type.Integer(), minutesLeft: Type.Number() }));
const noRefusal = schema(Type.Never());
export const productionSchedule = defineCapability({
  name: 'production-schedule.read',
  title: 'Read the schedule',
  owner: planning,
  effect: 'query',
  domain: 'schedule',
  input: scheduleInput,
  output: scheduleOutput,
  refusal: noRefusal,
  keys: { order: 'order' },
  entity: 'order',
});

interface ShortageInputs {
  readonly missingPerMin: number;
  readonly minutesLeft: number;
}
export const shortage = defineDecision({
  name: 'shortage',
  version: 1,
  title: 'How much is missing',
  owner: planning,
  decide: ({ missingPerMin, minutesLeft }: ShortageInputs) => {
    const missing = Math.round(missingPerMin * minutesLeft);
    return missing > 100 ? { kind: 'short' as const, missing } : { kind: 'within-tolerance' as const, missing };
  },
});

export const orderNotRevisable = defineException({
  name: 'order.not-revisable',
  title: 'The order cannot be revised',
  owner: planning,
  class: 'erp-transaction',
  severity: 'high',
  due: '30m',
  summary: (evidence: { readonly order: string; readonly code: string }) => `Order ${evidence.order} cannot be revised: ${evidence.code}`,
});

const erpOptions = schema(Type.Object({ url: Type.String() }));
export const erpConnector = defineConnector({
  name: 'erp-http',
  title: 'ERP over HTTP',
  options: erpOptions,
  open: async () => ({ send: async (request: { readonly path: string }) => ({ status: request.path.length, body: '' }), close: async () => undefined }),
});
export const erp = defineSystem({ name: 'erp', title: 'ERP', role: 'record', owner: planning, owns: ['orders'], connector: erpConnector });

const brokerOptions = schema(Type.Object({ url: Type.String() }));
const broker = defineSourceConnector({ name: 'broker', title: 'MQTT broker', options: brokerOptions, open: async () => ({ close: async () => undefined }) });
const floor = defineSource({ name: 'floor', title: 'Shop floor', owner: planning, connector: broker });
const packer = defineAsset({ name: 'packer-1', title: 'Packer 1', level: 'cell', owner: planning });
export const throughput = defineSignal({ asset: packer, of: 'throughput', family: 'throughput', unit: '{pack}/min', source: floor, address: 'packer-1/rate' });
export const runningOrder = defineSignal({ asset: packer, of: 'order', family: 'context', type: 'text', source: floor, address: 'packer-1/order' });
export const target = defineSignal({ asset: packer, of: 'target', family: 'context', unit: '{pack}/min', source: floor, address: 'packer-1/target' });
