// What a plan must have come to, as far as anybody can say from outside.
import type { World, WorldComponent } from '../frame/world.ts';
import { fullMinute, jitterShare, minuteMs, type Interval } from './expectation.ts';
import { spansOf, touches, type FreeFacts, type Span } from './free-facts.ts';
import type { Placed, Plan } from './plan.ts';
import { slowShare, type Slowdown } from './slowdown.ts';
import type { Entry } from './testimony.ts';

/** `either`: so near to a limit, or with so much in the way, that both are right. */
export type Wanted = 'yes' | 'no' | 'either';

export interface Outlook {
  readonly plan: Plan;
  readonly slowdown: Slowdown | undefined;
  readonly end: Interval;
  readonly second: Wanted;
  readonly restored: Wanted;
  readonly help: Wanted;
  readonly told: ReadonlyMap<WorldComponent, Wanted>;
  /** Until when, nothing being in the way, something can still come of it. */
  readonly openUntilMs: number;
}

/** When an order ends that the packer makes at its true rate, asked at any time between the slow-down and `askedMs`. */
export function endOf({ order }: World, slowdown: Slowdown, askedMs: number): Interval {
  const minutes = (share: number): number => (order.quantity - order.produced) / (order.targetRatePerMin * share);
  const low = slowdown.share * (1 - jitterShare);
  // What nobody saw as it was may have been measured over a recovery too.
  const high = slowdown.isPlain ? slowdown.share * (1 + jitterShare) : slowShare;
  return { fromMs: slowdown.fromMs + minutes(high) * minuteMs, toMs: fullMinute(askedMs + minutes(low) * minuteMs) };
}

export function outlookOf({ plan, slowdown }: Placed, facts: FreeFacts, world: World): Outlook {
  const { recoveryMs, slackMs, supplierAnswersMs } = facts.agreement;
  const told = new Map(world.components.map((component) => [component, toldOf(component, plan, slowdown, world)] as const));
  const second = secondOf(plan, [...told.values()], facts, world);
  const asked = Math.max(plan.madeMs, ...plan.needs.map(({ atMs }) => atMs));
  // Help is called when the line has not recovered for so long after the plan was made.
  const help: Interval = { fromMs: plan.madeMs + recoveryMs, toMs: (plan.second || second === 'no' ? plan.madeMs : asked + supplierAnswersMs) + recoveryMs + slackMs };
  const cleared = clearedOf(slowdown, facts);
  const isOver = plan.restored !== undefined || plan.requests.length > 0;
  return {
    plan,
    slowdown,
    end: slowdown ? endOf(world, slowdown, plan.first.atMs) : { fromMs: 0, toMs: 0 },
    second,
    restored: restoredOf(plan, help, cleared, facts),
    help: helpOf(help, cleared, facts),
    told,
    openUntilMs: Math.max(isOver ? 0 : help.toMs + slackMs, Number.isFinite(cleared.toMs) ? cleared.toMs : 0),
  };
}

/** When the line's recovery was known; from and to are infinite while it is slow, to alone where something was in the way. */
function clearedOf(slowdown: Slowdown | undefined, { agreement: { windowMs, recoveredForMs, slackMs }, deeds, nowMs }: FreeFacts): Interval {
  const never = Number.POSITIVE_INFINITY;
  if (!slowdown) return { fromMs: 0, toMs: never };
  const { toMs, isPlain } = slowdown;
  if (toMs === never) return { fromMs: isPlain ? nowMs + recoveredForMs : 0, toMs: never };
  const byMs = toMs + windowMs + recoveredForMs + slackMs;
  const isSeen = isPlain && !touches(inTheWay(deeds), slowdown.fromMs, byMs);
  return { fromMs: isPlain ? toMs + recoveredForMs : 0, toMs: isSeen ? byMs : never };
}

/** What keeps a recovery or an answer from being known in time. */
function inTheWay(deeds: FreeFacts['deeds']): readonly Span[] {
  return [...spansOf(deeds, 'link-cut', 'link-mended'), ...spansOf(deeds, 'hub-down', 'hub-up'), ...spansOf(deeds, 'edge-down', 'edge-up')];
}

function helpOf(due: Interval, cleared: Interval, { agreement: { slackMs }, deeds, nowMs }: FreeFacts): Wanted {
  if (cleared.toMs < due.fromMs - slackMs) return 'no';
  const isUndisturbed = !touches(spansOf(deeds, 'hub-down', 'hub-up'), due.fromMs - slackMs, due.toMs + slackMs);
  return isUndisturbed && cleared.fromMs > due.toMs + slackMs && nowMs > due.toMs + slackMs ? 'yes' : 'either';
}

function restoredOf({ requests: [request] }: Plan, due: Interval, cleared: Interval, { agreement: { persistenceMs, slackMs }, deeds, nowMs }: FreeFacts): Wanted {
  // With help called the plan waits once more; after that it stands.
  const endsMs = request ? request.atMs + persistenceMs : due.fromMs;
  if (cleared.toMs < endsMs - slackMs) return 'yes';
  // Nobody restores because of a recovery that has not come.
  if (cleared.fromMs > nowMs) return 'no';
  const standsMs = request ? endsMs + slackMs : due.toMs + persistenceMs + slackMs;
  return cleared.fromMs > standsMs && !touches(spansOf(deeds, 'hub-down', 'hub-up'), due.fromMs - slackMs, standsMs) ? 'no' : 'either';
}

/** A supplier is told of what is not needed yet, while the order's slot is not over. */
function toldOf({ neededAt }: WorldComponent, { first }: Plan, slowdown: Slowdown | undefined, { order }: World): Wanted {
  const untilMs = Math.min(Date.parse(neededAt), Date.parse(order.slotEnd));
  if (untilMs > first.atMs) return 'yes';
  return slowdown && untilMs <= slowdown.fromMs ? 'no' : 'either';
}

function secondOf({ first }: Plan, told: readonly Wanted[], { agreement: { supplierAnswersMs, slackMs }, deeds }: FreeFacts, { supplierAnswer }: World): Wanted {
  if (supplierAnswer.kind !== 'delayed' || told.every((wanted) => wanted === 'no')) return 'no';
  // An answer that finds no hub comes again later, perhaps too late.
  const isHeard = !touches(spansOf(deeds, 'hub-down', 'hub-up'), first.atMs, first.atMs + supplierAnswersMs + slackMs);
  return isHeard && told.includes('yes') ? 'yes' : 'either';
}

/** When a component is needed once the order ends at `endMs`, seen between the slow-down and when the supplier was told; whole minutes. */
export function laterNeedOf({ order }: World, slowdown: Slowdown, { neededAt }: WorldComponent, endMs: number, { atMs }: Entry): Interval {
  const neededMs = Date.parse(neededAt);
  const slotEndMs = Date.parse(order.slotEnd);
  const stretched = (nowMs: number, wholeEndMs: number): number => nowMs + ((neededMs - nowMs) * (wholeEndMs - nowMs)) / (slotEndMs - nowMs);
  // The end is known in whole minutes, its last minute only begun.
  const ends = [endMs - minuteMs, endMs].flatMap((end) => [stretched(slowdown.fromMs, end), stretched(Math.min(atMs, slotEndMs - minuteMs), end)]);
  return { fromMs: Math.min(...ends), toMs: fullMinute(Math.max(...ends)) };
}
