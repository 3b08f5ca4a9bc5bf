// A supplier's portal: takes revised needs and answers each a little later by webhook.
import { ok } from '../frame/answer.ts';
import { fieldsOf } from '../frame/fields.ts';
import type { Frame } from '../frame/frame.ts';
import { wholeNumber } from '../frame/process.ts';
import type { ProcessOptions } from '../frame/process.ts';
import type { Call } from '../frame/route.ts';
import type { System } from '../frame/server.ts';
import type { SupplierAnswer } from '../frame/world.ts';

interface Need {
  readonly messageId: string;
  readonly purchaseOrder: string;
  readonly component: string;
  readonly order: string;
  readonly quantity: number;
  readonly neededAt: string;
  readonly revision: number;
}
type AnswerPlan = SupplierAnswer & { readonly afterMs: number };

export const supplierOptions = ['answer-after-ms'];
const afterMsMax = 24 * 3_600_000;

export function supplier(frame: Frame, options: ProcessOptions): System {
  const afterMs = wholeNumber('answer-after-ms', options.extra.get('answer-after-ms')?.at(-1) ?? '400', afterMsMax);
  const needs = frame.state.table<Need>();
  const plans = frame.state.table<AnswerPlan>();
  const inForce = 'in-force';
  frame.onWorld(({ supplierAnswer }, tx) => void plans.put(tx, inForce, { ...supplierAnswer, afterMs }));

  const planOf = ({ tx }: Pick<Call, 'tx'>): AnswerPlan => {
    const plan = plans.get(tx, inForce);
    if (plan === undefined) throw new Error('the world came with a plan');
    return plan;
  };

  const receive = (call: Call) => {
    const fields = call.fields(['messageId', 'purchaseOrder', 'component', 'order', 'quantity', 'neededAt', 'revision']);
    const need: Need = {
      messageId: fields.text('messageId'),
      purchaseOrder: fields.text('purchaseOrder'),
      component: fields.text('component'),
      order: fields.text('order'),
      quantity: fields.integer('quantity'),
      neededAt: fields.instant('neededAt'),
      revision: fields.integer('revision'),
    };
    const { messageId, ...data } = need;
    if (needs.get(call.tx, messageId) !== undefined) return ok({ messageId, status: 'known' });
    needs.put(call.tx, messageId, need);
    call.record({ type: 'need.revised', key: need.purchaseOrder, keys: [need.order, need.component, messageId], data: { messageId, ...data } });
    const plan = planOf(call);
    call.after(() => frame.timers.later(plan.afterMs, () => answer(need, plan)));
    return { status: 202, body: { messageId, status: 'accepted' } };
  };

  const answer = ({ messageId, purchaseOrder, component, order, neededAt }: Need, { kind, delayMinutes }: AnswerPlan) => {
    const lateMs = kind === 'delayed' ? delayMinutes * 60_000 : 0;
    const availableAt = new Date(Date.parse(neededAt) + lateMs).toISOString();
    const event = { id: frame.webhooks.nextId(), type: `component.${kind}`, purchaseOrder, component, order, inReplyTo: messageId, availableAt };
    frame.act({ principal: 'supplier' }, (act) => {
      act.record({ type: 'answer.sent', key: purchaseOrder, keys: [order, component, messageId, event.id], data: event });
      act.publish(event);
    });
  };

  const plan = (call: Call) => {
    const fields = fieldsOf(call.body, ['afterMs', 'kind', 'delayMinutes']);
    const before = planOf(call);
    return ok(
      plans.put(call.tx, inForce, {
        afterMs: fields.optional('afterMs', (name) => fields.integer(name, 0, afterMsMax)) ?? before.afterMs,
        kind: fields.optional('kind', (name) => fields.choice(name, ['confirmed', 'delayed'])) ?? before.kind,
        delayMinutes: fields.optional('delayMinutes', (name) => fields.integer(name, 0, 1_000_000)) ?? before.delayMinutes,
      }),
    );
  };

  return {
    routes: [{ method: 'POST', path: '/api/needs', handle: receive }],
    controls: [{ method: 'POST', path: '/_answer', handle: plan }],
  };
}
