// What must have happened, computed from the world of the seed and from what the machine did by the plant's own ledger.
import { worldFrom, type World, type WorldComponent, type WorldOverrides } from '../frame/world.ts';
import { outcomeOf, type Outcome, type PlayName } from './play-name.ts';
import { at, type Entry, type SystemName, type Testimony } from './testimony.ts';

/** What was done to the world, as whoever did it knows it. */
export interface PlayFacts {
  readonly play: PlayName;
  readonly seed: number;
  readonly epochMs: number;
  readonly overrides: WorldOverrides;
  /** When a system or a link was taken away, and given back; epoch milliseconds. */
  readonly downFromMs: number | undefined;
  readonly upAgainMs: number | undefined;
  /** What names business that is none of the scene's: its own people may be told of it. */
  readonly elsewhere?: string | undefined;
  /** Where something waited for its owner, who must be told of it. */
  readonly parkedAt?: SystemName | undefined;
}

/** From and to, both included; epoch milliseconds. */
export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Expectation {
  readonly facts: PlayFacts;
  readonly world: World;
  readonly outcome: Outcome;
  /** Whether the supplier's answer holds the order up; then the plan is revised a second time. */
  readonly delayMs: number;
  /** When the packer became slow; undefined where the plant's ledger does not say so. */
  readonly slowSinceMs: number | undefined;
  /** What the order still lacks as the MES knows it, which hears of no packs during a play. Units of the item. */
  readonly remaining: number;
}

export const minuteMs = 60_000;
/** Width of the machine's jitter, as a share of its rate. */
export const jitterShare = 0.01;
/** What planning has agreed on for docks: from the last pack to a loaded truck, and when appointments begin. */
const handlingMs = 30 * minuteMs;
const dockGridMs = 30 * minuteMs;

export function expectationOf(facts: PlayFacts, testimony: Testimony): Expectation {
  const world = worldFrom(facts.seed, facts.epochMs, facts.overrides);
  const { order, supplierAnswer } = world;
  return {
    facts,
    world,
    outcome: outcomeOf(facts.play),
    delayMs: supplierAnswer.kind === 'delayed' ? supplierAnswer.delayMinutes * minuteMs : 0,
    slowSinceMs: slowed(testimony, order.asset)?.atMs,
    remaining: order.quantity - order.produced,
  };
}

function slowed({ ledgers }: Testimony, asset: string): Entry | undefined {
  return ledgers.plant.find((entry) => entry.type === 'machine.factor' && entry.key === asset && slowFactorOf(entry) !== undefined);
}

function slowFactorOf({ data }: Entry): number | undefined {
  const factor = at(data, 'factor');
  return typeof factor === 'number' && factor < 1 ? factor : undefined;
}

/**
 * When the order ends at the machine's true rate, if that was asked between the slow-down and `askedMs`: at the earliest by
 * what the machine lacked when it slowed down and the upper end of its jitter, at the latest by what the MES still counts as
 * lacking and the lower end, in whole minutes.
 */
export function trueEnd({ world, slowSinceMs, remaining }: Expectation, testimony: Testimony, askedMs: number): Interval | undefined {
  const { order, epochMs } = world;
  const slow = slowed(testimony, order.asset);
  const factor = slow && slowFactorOf(slow);
  if (slowSinceMs === undefined || factor === undefined) return undefined;
  const made = Math.floor((Math.max(0, slowSinceMs - epochMs) / minuteMs) * order.targetRatePerMin);
  const minutes = (packs: number, share: number): number => packs / (order.targetRatePerMin * factor * share);
  return {
    fromMs: slowSinceMs + minutes(remaining - made, 1 + jitterShare) * minuteMs,
    toMs: fullMinute(Math.max(slowSinceMs, askedMs) + minutes(remaining, 1 - jitterShare) * minuteMs),
  };
}

/**
 * When a component is needed once the order ends at `endMs` instead of its slot's end: what is left of the way to the need is
 * stretched as what is left of the order, seen between the slow-down and `askedMs`, in whole minutes.
 */
export function laterNeed({ world, slowSinceMs }: Expectation, { neededAt }: WorldComponent, endMs: number, askedMs: number): Interval | undefined {
  if (slowSinceMs === undefined) return undefined;
  const neededMs = Date.parse(neededAt);
  const slotEndMs = Date.parse(world.order.slotEnd);
  const stretched = (nowMs: number, wholeEndMs: number): number => nowMs + ((neededMs - nowMs) * (wholeEndMs - nowMs)) / (slotEndMs - nowMs);
  // The end is known in whole minutes, its last minute only begun.
  const ends = [endMs - minuteMs, endMs].flatMap((end) => [stretched(slowSinceMs, end), stretched(askedMs, end)]);
  return { fromMs: Math.min(...ends), toMs: fullMinute(Math.max(...ends)) };
}

/** The window of a dock appointment of `lengthMs` once its goods are made by `endMs`: handled, then at the next begin of the grid. */
export function dockWindow(endMs: number, lengthMs: number): { readonly from: string; readonly to: string } {
  const fromMs = Math.ceil((endMs + handlingMs) / dockGridMs) * dockGridMs;
  return { from: new Date(fromMs).toISOString(), to: new Date(fromMs + lengthMs).toISOString() };
}

export function fullMinute(ms: number): number {
  return Math.ceil(ms / minuteMs) * minuteMs;
}

/** How often the plan is made in this outcome: once for the slow line, once more where the supplier is late. */
export function plansOf({ outcome, delayMs }: Expectation): number {
  return isBottleneck(outcome) ? (delayMs > 0 ? 2 : 1) : 0;
}

export function isBottleneck(outcome: Outcome): boolean {
  return outcome === 'plan-changed' || isRestored(outcome);
}

export function isRestored(outcome: Outcome): boolean {
  return outcome === 'restored-early' || outcome === 'restored-late';
}
