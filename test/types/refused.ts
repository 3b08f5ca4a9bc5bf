import { above, accepted, action, average, below, defineBinding, defineCapability, defineContract, defineDecision, defineFlow, defineRule, refused, schema, Type } from 'lineshaft';
import { erp, orderNotRevisable, planning, productionSchedule, reviseOrder, runningOrder, shortage, target, throughput, variance } from './orders-landscape.ts';

// What must not compile. An @ts-expect-error over a line that does compile is an error itself, so nothing here can go stale.

const head = { title: 'Refused', owner: planning } as const;

export const wrongCalls = defineFlow({
  ...head,
  name: 'wrong-calls',
  on: variance,
  key: (event) => event.order,
  whenRunning: 'queue',
  async run(flow, event) {
    await flow.call(productionSchedule, { order: event.order });
    // @ts-expect-error a capability called with a field that it does not have
    await flow.call(productionSchedule, { order: event.order, line: 'line-1' });
    // @ts-expect-error a capability called without a field that it needs
    await flow.call(reviseOrder, { order: event.order });
    // @ts-expect-error a capability called with a value of another type
    await flow.call(reviseOrder, { order: event.order, quantity: '12' });
    // @ts-expect-error the same for what is posted
    await flow.post(reviseOrder, { order: event.order, quantity: '12' });
    // @ts-expect-error the event has no such field
    await flow.call(productionSchedule, { order: event.orderNumber });

    const schedule = await flow.call(productionSchedule, { order: event.order });
    // @ts-expect-error the answer has no such field
    void schedule.slotStart;
  },
});

export const wrongUndo = defineFlow({
  ...head,
  name: 'wrong-undo',
  on: variance,
  key: (event) => event.order,
  whenRunning: 'queue',
  async run(flow, event) {
    const input = { order: event.order, quantity: 1 };
    await flow.call(reviseOrder, input, { undo: (reply) => action(reviseOrder, reply.before) });
    // @ts-expect-error undone with what the answer does not give
    await flow.call(reviseOrder, input, { undo: (reply) => action(reviseOrder, reply.previous) });
    // @ts-expect-error undone with the input of another capability
    await flow.call(reviseOrder, input, { undo: () => action(reviseOrder, { order: event.order }) });
    // @ts-expect-error undone by something that is no action
    await flow.attempt(reviseOrder, input, { undo: () => 'put it back' });
    // @ts-expect-error a posted effect has no answer to undo by
    await flow.post(reviseOrder, input, { undo: (reply) => action(reviseOrder, reply.before) });
  },
});

export const wrongRefusal = defineFlow({
  ...head,
  name: 'wrong-refusal',
  on: variance,
  key: (event) => event.order,
  whenRunning: 'queue',
  async run(flow, event) {
    const revised = await flow.attempt(reviseOrder, { order: event.order, quantity: 1 });
    // @ts-expect-error the value is there only where the attempt was accepted
    void revised.value;
    if (revised.ok) return;
    // @ts-expect-error no such refusal
    if (revised.refusal.code === 'ORDER_LOST') return;
    await flow.raise(orderNotRevisable, { evidence: { order: event.order, code: revised.refusal.code } });
    // @ts-expect-error evidence without a field that the exception tells
    await flow.raise(orderNotRevisable, { evidence: { order: event.order } });
  },
});

export const wrongDecision = defineFlow({
  ...head,
  name: 'wrong-decision',
  on: variance,
  key: (event) => event.order,
  whenRunning: 'queue',
  async run(flow, event) {
    // @ts-expect-error a decision without one of its inputs
    await flow.decide(shortage, { missingPerMin: event.missingPerMin });
    const plan = await flow.decide(shortage, { missingPerMin: event.missingPerMin, minutesLeft: 90 });
    // @ts-expect-error a kind of plan that the decision never gives
    if (plan.kind === 'impossible') return;
    // @ts-expect-error a span of time without its unit
    await flow.sleep('30');
    // @ts-expect-error a business key that does not exist
    await flow.waitFor(variance, { key: { orderNumber: event.order }, within: '1h' });
  },
});

export const wrongKey = defineFlow({
  ...head,
  name: 'wrong-key',
  on: variance,
  // @ts-expect-error keyed by a field that the event does not have
  key: (event) => event.line,
  whenRunning: 'queue',
  run: async () => undefined,
});

export const wrongContext = defineRule({
  ...head,
  name: 'wrong-context',
  on: throughput,
  with: { order: runningOrder, target },
  when: below(average('5m'), { percentOf: 'target', limit: 80 }),
  sustained: '3m',
  clear: { limit: 90, for: '2m' },
  emit: variance,
  event: (episode) => ({
    order: String(episode.context.order),
    asset: episode.asset,
    // @ts-expect-error a context signal that the rule does not name under `with`
    missingPerMin: Number(episode.context.speed),
  }),
});

export const wrongEvent = defineRule({
  ...head,
  name: 'wrong-event',
  on: throughput,
  with: { order: runningOrder },
  when: above(average('5m'), { limit: 80 }),
  sustained: '3m',
  clear: { limit: 90, for: '2m' },
  emit: variance,
  // @ts-expect-error an event without a field of its contract
  event: (episode) => ({ order: String(episode.context.order), asset: episode.asset }),
});

export const wrongSignal = defineRule({
  ...head,
  name: 'wrong-signal',
  // @ts-expect-error a rule on text
  on: runningOrder,
  with: {},
  when: above(average('5m'), { limit: 80 }),
  sustained: '3m',
  clear: { limit: 90, for: '2m' },
  emit: variance,
  event: (episode) => ({ order: '', asset: episode.asset, missingPerMin: 0 }),
});

const counted = schema(Type.Object({ order: Type.String(), quantity: Type.Integer() }));
export const wrongContract = defineContract({
  ...head,
  name: 'wrong-contract',
  version: 1,
  schema: counted,
  keys: {
    order: 'order',
    // @ts-expect-error a key in a field that the event does not have
    batch: 'batch',
    // @ts-expect-error a key in a field that holds no text
    item: 'quantity',
  },
  // @ts-expect-error an example that does not fit
  examples: [{ order: 'PO-1' }],
});

export const wrongKeyName = defineContract({
  ...head,
  name: 'wrong-key-name',
  version: 1,
  schema: counted,
  // @ts-expect-error no such business key
  keys: { orderNumber: 'order' },
  examples: [],
});

export const wrongPercentage = defineRule({
  ...head,
  name: 'wrong-percentage',
  on: throughput,
  with: { order: runningOrder, target },
  // @ts-expect-error a percentage of a signal that the rule does not name under `with`
  when: below(average('5m'), { percentOf: 'speed', limit: 80 }),
  sustained: '3m',
  clear: { limit: 90, for: '2m' },
  emit: variance,
  event: (episode) => ({ order: String(episode.context.order), asset: episode.asset, missingPerMin: 0 }),
});

export const wrongEntity = defineCapability({
  ...head,
  name: 'wrong-entity',
  effect: 'action',
  domain: 'orders',
  input: counted,
  output: counted,
  refusal: counted,
  keys: {},
  // @ts-expect-error the entity's name in a field that holds no text
  entity: 'quantity',
});

export const wrongBinding = defineBinding({
  capability: reviseOrder,
  system: erp,
  guarantee: { kind: 'none' },
  // @ts-expect-error a request that the connector cannot send
  request: (input) => ({ address: `/orders/${input.order}` }),
  reply: (reply, input) => (reply.status === 200 ? accepted({ version: 1, before: input }) : refused({ code: 'ORDER_CLOSED' as const, message: reply.body })),
});

export const wrongReply = defineBinding({
  capability: reviseOrder,
  system: erp,
  guarantee: { kind: 'none' },
  request: (input) => ({ path: `/orders/${input.order}` }),
  // @ts-expect-error a refusal that the capability does not know
  reply: (reply) => refused({ code: 'ORDER_LOST' as const, message: reply.body }),
});

export const unboundedReadBack = defineBinding({
  capability: reviseOrder,
  system: erp,
  // @ts-expect-error a read-back that does not say when a request has settled
  guarantee: { kind: 'read-back', conditional: true, request: (input) => ({ path: input.order }), found: () => 'absent' },
  request: (input) => ({ path: `/orders/${input.order}` }),
  reply: (_, input) => accepted({ version: 1, before: input }),
});

export const wrongUnit = defineContract({
  ...head,
  name: 'wrong-unit',
  version: 1,
  schema: variance.schema,
  keys: { order: 'order' },
  examples: [],
  // @ts-expect-error the unit of a field that the event does not have
  units: { missingPerHour: '{pack}/h' },
});

export const wrongUnitWithin = defineDecision({
  ...head,
  name: 'wrong-unit-within',
  version: 1,
  decide: (inputs: { readonly orders: readonly { readonly quantity: number }[] }) => ({ demand: inputs.orders.length }),
  // @ts-expect-error the unit of a field that the items of a list do not have
  units: { input: { orders: { amount: '{pack}' } }, output: { demand: '{order}' } },
});
