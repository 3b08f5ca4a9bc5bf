// The times in which the packer was slow, by the plant's own ledger, and what each can have come to.
import type { World } from '../frame/world.ts';
import { spansOf, type FreeFacts, type Span } from './free-facts.ts';
import { at, type Entry } from './testimony.ts';

/** One slow time, or several so close together that nobody can say whether they count as one. */
export interface Slowdown extends Span {
  /** The lowest share of its target that the packer ran at. */
  readonly share: number;
  /** How many plans it must have led to, and can have. */
  readonly plansMin: number;
  readonly plansMax: number;
  /** Whether it is one slow time that everybody could see as it was. */
  readonly isPlain: boolean;
  /** Until when, nothing being in the way, its plan can still come. */
  readonly openUntilMs: number;
}

/** Below this share of its target the packer counts as slow. */
export const slowShare = 0.8;

interface Spell extends Span {
  readonly share: number;
}

export function slowdownsOf(facts: FreeFacts, world: World, plant: readonly Entry[]): readonly Slowdown[] {
  const { windowMs, recoveredForMs, slackMs } = facts.agreement;
  const away = spansOf(facts.deeds, 'edge-down', 'edge-up');
  const groups: Spell[][] = [];
  for (const spell of spellsOf(world.order.asset, plant)) {
    const last = groups.at(-1);
    const before = last?.at(-1);
    // A recovery that nobody saw long enough is none.
    const wellMs = before ? longestSeen({ fromMs: before.toMs, toMs: spell.fromMs }, away, windowMs, facts.nowMs) : 0;
    if (last && wellMs < windowMs + recoveredForMs + slackMs) last.push(spell);
    else groups.push([spell]);
  }
  return groups.map((spells) => slowdownOf(facts, spells, away));
}

function spellsOf(asset: string, plant: readonly Entry[]): readonly Spell[] {
  const spells: Spell[] = [];
  let slow: { readonly fromMs: number; readonly share: number } | undefined;
  for (const { type, key, atMs, data } of plant) {
    const share = type === 'machine.factor' && key === asset ? at(data, 'factor') : undefined;
    if (typeof share !== 'number' || share === slow?.share) continue;
    if (slow) spells.push({ ...slow, toMs: atMs });
    slow = share < slowShare ? { fromMs: atMs, share } : undefined;
  }
  return slow ? [...spells, { ...slow, toMs: Number.POSITIVE_INFINITY }] : spells;
}

function slowdownOf(facts: FreeFacts, spells: readonly Spell[], away: readonly Span[]): Slowdown {
  const { windowMs, sustainedMs, slackMs } = facts.agreement;
  const fromMs = Math.min(...spells.map((spell) => spell.fromMs));
  const toMs = Math.max(...spells.map((spell) => spell.toMs));
  const isSeen = (spell: Spell): boolean => longestSeen(spell, away, windowMs, facts.nowMs) > windowMs + sustainedMs + slackMs;
  const canFire = spells.length > 1 || spells.some((spell) => Math.min(spell.toMs, facts.nowMs) - spell.fromMs > shortest(facts, spell));
  return {
    fromMs,
    toMs,
    share: Math.min(...spells.map(({ share }) => share)),
    plansMin: spells.some(isSeen) ? 1 : 0,
    plansMax: canFire ? spells.length : 0,
    isPlain: spells.length === 1 && !away.some((span) => span.fromMs <= Math.min(toMs, facts.nowMs) && span.toMs >= fromMs),
    openUntilMs: canFire || toMs === Number.POSITIVE_INFINITY ? fromMs + spells.length * (windowMs + sustainedMs) + slackMs : 0,
  };
}

/**
 * The shortest slow time that can count: the average over the window stays low a little longer than the packer is slow, since it
 * falls below the limit sooner than it rises above it.
 */
function shortest({ agreement: { windowMs, sustainedMs } }: FreeFacts, { share }: Spell): number {
  const slowPart = (1 - slowShare) / (1 - share);
  const longer = windowMs * (1 - 2 * slowPart);
  // A tenth less: samples come at intervals.
  return Math.max(0, 0.9 * Math.max(slowPart * windowMs, sustainedMs - longer));
}

/** How long the edge could watch a time without a break; after a start it needs a whole window again. */
function longestSeen(spell: Span, away: readonly Span[], windowMs: number, nowMs: number): number {
  const endMs = Math.min(spell.toMs, nowMs);
  let sinceMs = spell.fromMs;
  let longest = 0;
  for (const span of away) {
    if (span.toMs < spell.fromMs || span.fromMs > endMs) continue;
    longest = Math.max(longest, span.fromMs - sinceMs);
    sinceMs = Math.max(sinceMs, span.toMs + windowMs);
  }
  return Math.max(longest, endMs - sinceMs);
}
