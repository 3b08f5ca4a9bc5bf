import { action, defineFlow } from 'lineshaft';
import { releaseProductionOrder, unreleaseProductionOrder } from '../capabilities/production-order.ts';
import { dispatchWorkOrder } from '../capabilities/work-order.ts';
import { releaseRequested } from '../contracts/release-requested.ts';
import { dispatchRefused } from '../exceptions.ts';
import { releaseWithin } from '../limits.ts';
import { bremenPackaging, integration, planning } from '../owners.ts';

/** An order is released where the line takes it in time, or not at all. */
export const productionRelease = defineFlow({
  name: 'production-release',
  title: 'Release a production order to its line',
  owner: { it: integration, ot: bremenPackaging },
  on: releaseRequested,
  key: ({ order }) => order,
  whenRunning: 'queue',
  within: releaseWithin,
  async run(flow, { order, revision }) {
    const released = await flow.call(releaseProductionOrder, { order, revision }, { undo: () => action(unreleaseProductionOrder, { order, revision }) });
    const dispatched = await flow.attempt(dispatchWorkOrder, { order, revision, plannedEnd: released.plannedEnd, quantity: released.quantity });
    if (dispatched.ok) return;
    await flow.compensate();
    await flow.raise(dispatchRefused, { to: planning, evidence: { order, revision, refusal: dispatched.refusal } });
  },
});
