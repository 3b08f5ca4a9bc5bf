import { action, defineFlow, type FlowContext } from 'lineshaft';
import { reviseComponentNeed } from '../capabilities/component-need.ts';
import { openCustomerOrders } from '../capabilities/customer-orders.ts';
import { expectedReceipt, reviseExpectedReceipt } from '../capabilities/expected-receipt.ts';
import { noteMaintenance, requestMaintenance } from '../capabilities/maintenance.ts';
import { productionOrder, reviseProductionOrder } from '../capabilities/production-order.ts';
import { productionSchedule } from '../capabilities/production-schedule.ts';
import { moveShipmentWindow } from '../capabilities/shipment-window.ts';
import { warehouseCommitments } from '../capabilities/warehouse-commitments.ts';
import { componentAnswered, type ComponentAnswered } from '../contracts/component-answered.ts';
import { varianceCleared, varianceDetected, type VarianceDetected } from '../contracts/production-variance.ts';
import { componentDelay } from '../decisions/component-delay.ts';
import type { DockMove, DockWindow } from '../decisions/dock-moves.ts';
import { shortage, type ShortagePlan } from '../decisions/shortage.ts';
import { lineBottleneck, orderNotRevisable } from '../exceptions.ts';
import { needMaxAge, persistence, recovery, supplierAnswers, windowMaxAge } from '../limits.ts';
import { bremenPackaging, integration, planning } from '../owners.ts';

/** Answers to other messages about a component that are passed over. */
const othersMax = 20;

/** A line that stays slow changes the plan of everybody who counts on its order, and changes it back when the line recovers. */
export const packagingBottleneck = defineFlow({
  name: 'packaging-bottleneck',
  title: 'A slow packaging line changes the plan',
  owner: { it: integration, ot: bremenPackaging },
  on: varianceDetected,
  key: (variance) => variance.order,
  whenRunning: 'queue',
  async run(flow, variance) {
    const { order, item, episode } = variance;
    const [production, schedule, orders, commitments, receipt] = await Promise.all([
      flow.call(productionOrder, { order }),
      flow.call(productionSchedule, { order }),
      flow.call(openCustomerOrders, { item }),
      flow.call(warehouseCommitments, { item }),
      flow.call(expectedReceipt, { order }),
    ]);
    const plan = await flow.decide(shortage, { variance, schedule, orders, commitments, components: production.components });
    if (plan.kind === 'within-tolerance') return;

    const reason = `${variance.asset} at ${Math.round((variance.measuredRatePerMin / variance.targetRatePerMin) * 100)} % of target`;
    // Each revision meets the version that the one before made, also the one that undoes them all.
    let { version } = production;
    const revised = await flow.attempt(
      reviseProductionOrder,
      { order, plannedEnd: plan.plannedEnd, version, reason },
      { undo: () => action(reviseProductionOrder, { order, plannedEnd: production.plannedEnd, status: production.status, version, reason: `${variance.asset} has recovered` }) },
    );
    if (!revised.ok) {
      await flow.raise(orderNotRevisable, { to: planning, evidence: { variance, plan, refusal: revised.refusal } });
      return;
    }
    version = revised.value.version;
    await flow.call(
      reviseExpectedReceipt,
      { order, ...plan.receipt },
      { undo: () => action(reviseExpectedReceipt, { order, quantity: receipt.quantity, expectedAt: receipt.expectedAt }) },
    );
    const docks: Docks = new Map();
    await moveWindows(flow, order, plan.moves, docks, reason);

    const answers = await supplierAnswersTo(flow, order, plan);
    const delay = await flow.decide(componentDelay, { plan, commitments, answers });
    let { plannedEnd } = plan;
    if (delay.kind === 'later') {
      const because = `${reason}; a component comes ${delay.delayMinutes} min late`;
      const again = await flow.attempt(reviseProductionOrder, { order, plannedEnd: delay.plannedEnd, version, reason: because });
      if (again.ok) {
        ({ version, plannedEnd } = again.value);
        await flow.call(reviseExpectedReceipt, { order, ...delay.receipt });
        await moveWindows(flow, order, delay.moves, docks, because);
      } else {
        // The first revision stands, and is undone like any other.
        await flow.raise(orderNotRevisable, { to: planning, evidence: { variance, plan: { ...plan, plannedEnd: delay.plannedEnd }, refusal: again.refusal } });
      }
    }

    if (await flow.waitFor(varianceCleared, { key: { episode }, within: recovery })) return flow.compensate();
    await callForHelp(flow, variance, plan, plannedEnd);
  },
});

/** Where the appointments of a run were before it moved them, as long as none of its moves has been undone. */
type Docks = Map<string, DockWindow>;

/**
 * Tells the carriers; the transport service may be down, nothing waits for it. A move that was never sent is taken back before it is; whichever
 * were, the appointment goes back in one move, to where it was before the first.
 */
async function moveWindows(flow: FlowContext, order: string, moves: readonly DockMove[], docks: Docks, reason: string): Promise<void> {
  for (const { appointment, shipment, window, previous } of moves) {
    if (!docks.has(appointment)) docks.set(appointment, previous);
    const undo = () => {
      const before = docks.get(appointment);
      docks.delete(appointment);
      return before && action(moveShipmentWindow, { appointment, shipment, order, window: before, reason: 'the line has recovered' });
    };
    await flow.post(moveShipmentWindow, { appointment, shipment, order, window, reason }, { maxAge: windowMaxAge, undo });
  }
}

/** Tells the suppliers when their components are needed now, and gives what they answer in time. */
async function supplierAnswersTo(flow: FlowContext, order: string, { needs }: ShortagePlan) {
  const messages: { readonly component: string; readonly message: string }[] = [];
  for (const { component, purchaseOrder, quantity, neededAt, previous } of needs) {
    const { effect } = await flow.post(
      reviseComponentNeed,
      { purchaseOrder, component, order, quantity, neededAt },
      { maxAge: needMaxAge, undo: () => action(reviseComponentNeed, { purchaseOrder, component, order, quantity, neededAt: previous }) },
    );
    messages.push({ component, message: effect });
  }
  const answers = await Promise.all(messages.map(({ component, message }) => answerTo(flow, order, component, message)));
  return answers.filter((answer) => answer !== undefined);
}

/** The supplier's answer to this message. An answer to what an earlier plan told, or took back, may come as late as now: it is passed over. */
async function answerTo(flow: FlowContext, order: string, component: string, message: string): Promise<ComponentAnswered | undefined> {
  for (let passed = 0; passed <= othersMax; passed += 1) {
    const answer = await flow.waitFor(componentAnswered, { key: { order, component }, within: supplierAnswers });
    if (!answer || answer.inReplyTo === message) return answer;
  }
  return undefined;
}

/** The condition persists: one work request, one alert; then the plan is taken back if the line recovers within the shift. */
async function callForHelp(flow: FlowContext, variance: VarianceDetected, plan: ShortagePlan, plannedEnd: string): Promise<void> {
  const { order, asset, episode } = variance;
  const { workRequest } = await flow.call(requestMaintenance, {
    asset,
    order,
    title: `${asset} is too slow`,
    description: `${variance.measuredRatePerMin} of ${variance.targetRatePerMin} per minute since ${variance.since}, running ${order}${variance.state === undefined ? '' : `; its PackML state was ${variance.state}`}.`,
    priority: 'high',
  });
  const etaShiftMinutes = (Date.parse(plannedEnd) - Date.parse(variance.slotEnd)) / 60_000;
  await flow.raise(lineBottleneck, { to: planning, evidence: { variance, plan, plannedEnd, etaShiftMinutes, workRequest }, keys: { workRequest } });
  const cleared = await flow.waitFor(varianceCleared, { key: { episode }, within: persistence });
  if (!cleared) return;
  await flow.compensate();
  // Nobody unsays a call for maintenance: the request stays and is told.
  await flow.call(noteMaintenance, { workRequest, asset, text: `Condition cleared at ${cleared.at}` });
}
