// The supplier in free play: told once per plan when each component is needed, and once more when the plan is taken back; it answers each once.
import type { World, WorldComponent } from '../frame/world.ts';
import { laterNeedOf, type Outlook } from './outlook.ts';
import type { FreePlay } from './free-order-rows.ts';
import { plannedEnd } from './order-rows.ts';
import { ofEachPlan, type PlanAnswer } from './plan-rows.ts';
import { judged, listed, same, shownAt, type Row } from './row.ts';
import { at, type Entry, type Testimony } from './testimony.ts';

export function freeNeedRows({ world, outlooks }: FreePlay, { ledgers }: Pick<Testimony, 'ledgers'>): readonly Row[] {
  const needs = ledgers.supplier.filter(({ type }) => type === 'need.revised');
  const answers = ledgers.supplier.filter(({ type }) => type === 'answer.sent').map(({ data }) => String(at(data, 'inReplyTo')));
  const messages = new Set(needs.map(({ data }) => String(at(data, 'messageId'))));
  const isEachAnswered = answers.length === needs.length && new Set(answers).size === answers.length && answers.every((answer) => messages.has(answer));
  const wrong = needs.filter((need) => String(at(need.data, 'quantity')) !== String(componentOf(world, need)?.quantity));
  return [
    ...world.components.map((component) =>
      ofEachPlan(`supplier.need.${component.purchaseOrder}`, `When is ${component.purchaseOrder} needed, plan by plan?`, outlooks, (outlook) =>
        needAnswer(outlook, component, world),
      ),
    ),
    same('supplier.quantities', 'Which needs name another quantity?', 'none', listed(wrong.map(({ key }) => key))),
    judged(
      'supplier.answers',
      'Did the supplier answer each message once?',
      'one answer per message',
      `${answers.length} answers to ${new Set(answers).size} of ${needs.length} messages`,
      isEachAnswered,
    ),
  ];
}

function needAnswer({ plan, slowdown, told }: Outlook, component: WorldComponent, world: World): PlanAnswer {
  const [first, back, ...more] = plan.needs.filter(({ key }) => key === component.purchaseOrder);
  const wanted = told.get(component) ?? 'no';
  const endMs = plannedEnd(plan.first);
  const interval = first && slowdown && endMs !== undefined ? laterNeedOf(world, slowdown, component, endMs, first) : undefined;
  const isLater = first === undefined ? wanted !== 'yes' : wanted !== 'no' && interval !== undefined && neededMs(first) >= interval.fromMs && neededMs(first) <= interval.toMs;
  const isBackRight = first && plan.restored ? back !== undefined && neededMs(back) === Date.parse(component.neededAt) : back === undefined;
  const expected = [
    wanted === 'no' ? '' : interval ? `${shownAt(interval.fromMs)} to ${shownAt(interval.toMs)}` : wanted === 'yes' ? 'later' : 'later or not told',
    first && plan.restored ? shownAt(component.neededAt) : '',
  ];
  return {
    expected: joined(expected),
    found: joined([first, back, ...more].map((need) => (need ? shownAt(neededMs(need)) : ''))),
    ok: isLater && isBackRight && more.length === 0,
  };
}

function joined(parts: readonly string[]): string {
  const said = parts.filter((part) => part !== '');
  return said.length === 0 ? 'not told' : said.join(' then ');
}

function componentOf({ components }: World, { key }: Entry): WorldComponent | undefined {
  return components.find(({ purchaseOrder }) => purchaseOrder === key);
}

function neededMs({ data }: Entry): number {
  return Date.parse(String(at(data, 'neededAt')));
}
