import { Type } from 'typebox';
import { schema } from '../kernel/schema.ts';
import { defineAsset, defineSignal } from '../model/asset.ts';
import { defineBinding } from '../model/binding.ts';
import { accepted, defineCapability, refused, type Result } from '../model/capability.ts';
import { defineConnector } from '../model/connector.ts';
import { defineContract } from '../model/contract.ts';
import { defineDecision } from '../model/decision.ts';
import { defineException } from '../model/exception-type.ts';
import { defineFlow } from '../model/flow.ts';
import { defineOwner } from '../model/owner.ts';
import { defineLimit } from '../model/limit.ts';
import { defineRule } from '../model/rule.ts';
import { below } from '../model/condition.ts';
import { average } from '../model/window.ts';
import { defineSource, defineSourceConnector } from '../model/source.ts';
import { defineSystem } from '../model/system.ts';
import { defineWebhook } from '../model/webhook.ts';

/** A request to a fake system. */
export interface FakeRequest {
  readonly capability: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly key: string;
}
/** What a fake system answers: `refusal` for a business refusal. */
export interface FakeReply {
  readonly value?: unknown;
  readonly refusal?: string;
}

const noOptions = schema(Type.Object({}));
const fake = defineConnector<object, FakeRequest, FakeReply>({
  name: 'fake',
  title: 'Fake',
  options: noOptions,
  open: async () => ({ send: async () => ({}), close: async () => undefined }),
});
const fakeSource = defineSourceConnector({ name: 'fake-source', title: 'Fake source', options: noOptions, open: async () => ({ close: async () => undefined }) });

export const planning = defineOwner({ name: 'planning', title: 'Planning', mail: 'planning@plant.example', side: 'it' });
export const packaging = defineOwner({ name: 'packaging', title: 'Packaging', mail: 'packaging@plant.example', side: 'ot' });

export const erp = defineSystem({
  name: 'erp',
  title: 'ERP',
  role: 'record',
  owner: planning,
  owns: ['orders'],
  connector: fake,
  limits: { retryFirst: '20ms', retryMax: '40ms', timeout: '5s' },
});
export const tms = defineSystem({
  name: 'tms',
  title: 'TMS',
  role: 'engagement',
  owner: planning,
  owns: ['appointments'],
  connector: fake,
  limits: { failuresMax: 1, retryFirst: '10s', retryMax: '10s' },
});
export const supplier = defineSystem({ name: 'supplier', title: 'Supplier portal', role: 'engagement', owner: planning, owns: ['supplier-schedules'], connector: fake });
export const mailbox = defineSystem({ name: 'mailbox', title: 'Mail', role: 'engagement', owner: planning, connector: fake });

export const broker = defineSource({ name: 'line-broker', title: 'Line broker', owner: packaging, connector: fakeSource });
export const line1 = defineAsset({ name: 'line-1', title: 'Line 1', level: 'line', owner: packaging });
export const throughput = defineSignal({ asset: line1, of: 'throughput', family: 'throughput', unit: '{pack}/min', source: broker, address: 'line-1/throughput' });
export const runningOrder = defineSignal({ asset: line1, of: 'order', family: 'context', type: 'text', source: broker, address: 'line-1/order' });

const varianceShape = schema(Type.Object({ order: Type.String(), line: Type.String(), atRisk: Type.Number() }));
const clearedShape = schema(Type.Object({ line: Type.String() }));
const delayShape = schema(Type.Object({ component: Type.String(), order: Type.String(), days: Type.Integer() }));
const milestoneShape = schema(Type.Object({ shipment: Type.String(), milestone: Type.String(), unit: Type.Optional(Type.String({ format: 'sscc' })) }));
export const variance = defineContract({
  name: 'production.variance.detected',
  version: 1,
  title: 'Production variance',
  owner: packaging,
  schema: varianceShape,
  keys: { order: 'order', line: 'line' },
  examples: [{ order: 'PO-1', line: 'line-1', atRisk: 10 }],
  units: { atRisk: '{pack}' },
});
export const varianceCleared = defineContract({
  name: 'production.variance.cleared',
  version: 1,
  title: 'Variance cleared',
  owner: packaging,
  schema: clearedShape,
  keys: { line: 'line' },
  examples: [{ line: 'line-1' }],
});
export const componentDelayed = defineContract({
  name: 'supplier.component.delayed',
  version: 1,
  title: 'Component delayed',
  owner: planning,
  schema: delayShape,
  keys: { component: 'component', order: 'order' },
  examples: [{ component: 'film', order: 'PO-1', days: 2 }],
});
export const milestone = defineContract({
  name: 'shipment.milestone',
  version: 1,
  title: 'Shipment milestone',
  owner: planning,
  schema: milestoneShape,
  keys: { shipment: 'shipment' },
  examples: [{ shipment: 'SH-1', milestone: 'departed' }],
  drop: [
    { reason: 'position only', field: 'milestone', is: ['position'] },
    {
      reason: 'of a trial',
      when({ shipment }) {
        if (shipment === 'SH-?') throw new Error('a shipment without a number');
        return shipment.startsWith('TRIAL-');
      },
    },
  ],
});
export const pulse = defineContract({
  name: 'machine.pulse',
  version: 1,
  title: 'Pulse',
  owner: packaging,
  family: 'telemetry',
  schema: clearedShape,
  keys: { line: 'line' },
  examples: [{ line: 'line-1' }],
});

const orderIn = schema(Type.Object({ order: Type.String() }));
const scheduleOut = schema(Type.Object({ order: Type.String(), version: Type.Integer(), produced: Type.Integer() }));
const reviseIn = schema(Type.Object({ order: Type.String(), quantity: Type.Integer() }));
const reviseOut = schema(Type.Object({ order: Type.String(), version: Type.Integer() }));
const moveIn = schema(Type.Object({ shipment: Type.String(), order: Type.String(), window: Type.String() }));
const tellIn = schema(Type.Object({ component: Type.String(), order: Type.String() }));
const nothing = schema(Type.Object({}));
const why = schema(Type.Object({ code: Type.String() }));

export const productionSchedule = defineCapability({
  name: 'production-schedule.read',
  title: 'Read the production schedule',
  owner: planning,
  effect: 'query',
  domain: 'orders',
  input: orderIn,
  output: scheduleOut,
  refusal: why,
  keys: { order: 'order' },
  entity: 'order',
  units: { output: { produced: '{pack}' } },
});
export const reviseOrder = defineCapability({
  name: 'production-order.revise',
  title: 'Revise the production order',
  owner: planning,
  effect: 'action',
  domain: 'orders',
  input: reviseIn,
  output: reviseOut,
  refusal: why,
  keys: { order: 'order' },
  entity: 'order',
  units: { input: { quantity: '{pack}' } },
  impact: { quantity: { amount: 'quantity', unit: '{pack}' } },
});
export const moveWindow = defineCapability({
  name: 'shipment.move-window',
  title: 'Move the dock appointment',
  owner: planning,
  effect: 'action',
  domain: 'appointments',
  input: moveIn,
  output: nothing,
  refusal: why,
  keys: { shipment: 'shipment', order: 'order' },
  entity: 'shipment',
});
export const tellSupplier = defineCapability({
  name: 'supplier.tell-need',
  title: 'Tell the supplier the new need',
  owner: planning,
  effect: 'action',
  domain: 'supplier-schedules',
  input: tellIn,
  output: nothing,
  refusal: why,
  keys: { component: 'component', order: 'order' },
  entity: 'component',
});
export const sendMail = defineCapability({
  name: 'mail.send',
  title: 'Send a mail',
  owner: planning,
  effect: 'notification',
  domain: 'mail',
  input: orderIn,
  output: nothing,
  refusal: why,
  keys: {},
  entity: 'order',
});

function reply<Out>({ value, refusal }: FakeReply): Result<Out, { code: string }> {
  // The capability's schema checks what a fake answers.
  return refusal === undefined ? accepted(value as Out) : refused({ code: refusal });
}
const asked =
  (capability: string) =>
  (input: object, effect: { readonly key: string }): FakeRequest => ({ capability, input: { ...input }, key: effect.key });
const key = { kind: 'idempotency-key' as const };

export const scheduleBinding = defineBinding({ capability: productionSchedule, system: erp, request: asked('production-schedule.read'), reply });
export const reviseBinding = defineBinding({ capability: reviseOrder, system: erp, guarantee: key, request: asked('production-order.revise'), reply });
export const moveBinding = defineBinding({ capability: moveWindow, system: tms, guarantee: key, request: asked('shipment.move-window'), reply });
export const tellBinding = defineBinding({ capability: tellSupplier, system: supplier, guarantee: { kind: 'none' }, request: asked('supplier.tell-need'), reply });

export const throughputLow = defineLimit({ name: 'throughput.low', value: 80, why: 'The shift catches up above it.' });
export const throughputDrop = defineRule({
  name: 'packaging.throughput-drop',
  title: 'Throughput drop',
  owner: packaging,
  on: throughput,
  with: { order: runningOrder },
  when: below(average('5m'), { limit: throughputLow }),
  sustained: '3m',
  clear: { limit: 90, for: '2m' },
  emit: variance,
  event: ({ context, line }) => ({ order: String(context.order), line, atRisk: 1 }),
  clears: varianceCleared,
  cleared: ({ line }) => ({ line }),
});

export const shortage = defineDecision({
  name: 'shortage',
  version: 2,
  title: 'Is there a shortage?',
  owner: planning,
  decide: ({ variance: { atRisk } }: { readonly variance: { readonly atRisk: number }; readonly schedule: { readonly version: number } }) => ({
    kind: atRisk > 5 ? 'shortage' : 'within-tolerance',
    quantity: atRisk,
  }),
});
export const lineBottleneck = defineException<{ readonly order: string; readonly atRisk: number }>({
  name: 'line-bottleneck',
  title: 'Line bottleneck',
  owner: planning,
  class: 'machine-event',
  severity: 'high',
  due: '30m',
  summary: ({ order, atRisk }) => `${order}: ${atRisk} packs at risk`,
});

export const bottleneck = defineFlow({
  name: 'packaging-bottleneck',
  title: 'Packaging bottleneck',
  owner: { it: planning, ot: packaging },
  on: variance,
  key: (event) => event.order,
  whenRunning: 'signal',
  async run(flow, event) {
    const schedule = await flow.call(productionSchedule, { order: event.order });
    const plan = await flow.decide(shortage, { variance: event, schedule });
    if (plan.kind === 'within-tolerance') return;
    await flow.call(reviseOrder, { order: event.order, quantity: plan.quantity });
    await flow.post(moveWindow, { shipment: `SH-${event.order}`, order: event.order, window: 'later' });
    await flow.post(tellSupplier, { component: 'film', order: event.order });
    // Told in the trail whether it came or not: flow.call(sendMail) would not be.
    await flow.raise(lineBottleneck, { evidence: { order: event.order, atRisk: event.atRisk } });
    await flow.waitFor(varianceCleared, { key: { line: event.line }, within: '1h' });
  },
});

const delayMessage = schema(
  Type.Object({ id: Type.String(), kind: Type.String(), component: Type.Optional(Type.String()), order: Type.Optional(Type.String()), days: Type.Optional(Type.Unknown()) }),
);
export const supplierDelay = defineWebhook({
  name: 'supplier-delay',
  system: supplier,
  contract: componentDelayed,
  drop: [
    { reason: 'not late', field: 'days', below: 1 },
    { reason: 'of no order here', field: 'order', is: ['SAMPLE', 'TEST'] },
    { reason: 'of a component that is not ours', when: ({ component }) => JSON.parse(component.replace(/^film$/, 'false')) === true },
  ],
  map(body) {
    if (!delayMessage.check(body)) throw new Error('no message of the supplier');
    if (body.kind === 'heartbeat') return undefined;
    // What the supplier says is checked by the contract.
    return { id: body.id, data: { component: body.component ?? '', order: body.order ?? '', days: body.days as number } };
  },
});
