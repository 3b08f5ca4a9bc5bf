import { action, average, below, defineFlow, defineRule } from 'lineshaft';
import { orderNotRevisable, planning, productionSchedule, reviseOrder, runningOrder, shortage, target, throughput, variance, varianceCleared } from './orders-landscape.ts';

// The tour of the README, word for word: a test compares the two.

// tour
export const throughputDrop = defineRule({
  name: 'packaging.throughput-drop',
  title: 'Packer below 80 % of its target',
  owner: planning,
  on: throughput, // a signal: asset, unit, where it comes from
  with: { order: runningOrder, target }, // other signals whose values go along
  when: below(average('5m'), { percentOf: 'target', limit: 80 }),
  sustained: '3m',
  clear: { limit: 90, for: '2m' },
  emit: variance, // a contract: the governed shape of an event
  event: ({ asset, context, window }) => ({ order: String(context.order), asset, missingPerMin: Number(context.target) - window.value }),
  clears: varianceCleared,
  cleared: ({ context }) => ({ order: String(context.order) }),
});

export const packagingBottleneck = defineFlow({
  name: 'packaging-bottleneck',
  title: 'An order that falls behind',
  owner: planning,
  on: variance,
  key: (event) => event.order, // one run per order at a time
  whenRunning: 'signal',
  async run(flow, event) {
    const { quantity, minutesLeft } = await flow.call(productionSchedule, { order: event.order }); // a capability, never a table
    const plan = await flow.decide(shortage, { missingPerMin: event.missingPerMin, minutesLeft }); // pure; its inputs are recorded
    if (plan.kind === 'within-tolerance') return;
    const revised = await flow.attempt(reviseOrder, { order: event.order, quantity: quantity - plan.missing }, { undo: ({ before }) => action(reviseOrder, before) });
    if (!revised.ok) await flow.raise(orderNotRevisable, { evidence: { order: event.order, code: revised.refusal.code } }); // the planners' case now
    else if (await flow.waitFor(varianceCleared, { key: { order: event.order }, within: '30m' })) await flow.compensate(); // as it was before
  },
});
// end of the tour
