import { ownTruth, toldTruth, treeTruth } from './condition-truth.ts';
import type { Composed, RuleSettings, Term } from './rule-settings.ts';
import type { Point } from './rule-state.ts';

/** A term on the rule's own signal that has to stay as it is for nothing to be decided. */
export interface SkimGuard {
  readonly term: Term;
  /** Whether its value is beyond the limit then; unknown will do, too. */
  readonly isBeyond: boolean;
  /** In the unit of the term's limit. */
  readonly limit: number;
}

const passable: ReadonlySet<Term['of']> = new Set(['average', 'minimum', 'maximum', 'last']);
/** Own terms of which all combinations are tried. */
const triedMax = 4;

function isPassable({ of, series, isTumbling, shifts }: Term): boolean {
  return passable.has(of) && series === undefined && isTumbling !== true && shifts === undefined;
}

/** Whether a rule can be skimmed at all: decided at once, by thresholds over averages, extremes or single samples, and by what is known of its context. */
export function isSkimmable(settings: RuleSettings): boolean {
  const { composed, settleMs, of, shifts } = settings;
  if (settleMs !== 0 || of === 'ewma' || shifts !== undefined) return false;
  if (!composed) return isPassable(settings);
  return !composed.hasMissing && Object.values(composed.kept).every((keptMs) => keptMs === 0);
}

/** Chooses what is watched while samples are passed over. */
export interface GuardChoice {
  /** Of the newest point; `others` is what is known of the other signals. Undefined where nothing that is seen so quickly rules a decision out. */
  guards(points: readonly Point[], isOpen: boolean, others: number): readonly SkimGuard[] | undefined;
}

export function guardChoice(settings: RuleSettings): GuardChoice {
  const { composed } = settings;
  if (!composed) {
    const [closed, open] = [[guardOf(settings, false, 'holds')], [guardOf(settings, true, 'stays')]];
    return { guards: (_points, isOpen) => (isOpen ? open : closed) };
  }
  const known = new Map<number, readonly (readonly SkimGuard[])[]>();
  return {
    guards(points, isOpen, others) {
      const key = others * 2 + (isOpen ? 1 : 0);
      let sets = known.get(key);
      if (!sets) known.set(key, (sets = guardSets(composed, isOpen, others)));
      return sets.find((set) => set.every((guard) => isKept(guard, points, isOpen)));
    },
  };
}

function guardOf(term: Term, isBeyond: boolean, at: 'holds' | 'stays'): SkimGuard {
  return { term, isBeyond, limit: at === 'holds' ? term.limit : term.clearLimit };
}

function isKept({ term, isBeyond }: SkimGuard, points: readonly Point[], isOpen: boolean): boolean {
  return ownTruth(term, points, points.length - 1, isOpen ? 'stays' : 'holds') !== !isBeyond;
}

/**
 * Sets of guards, each of which is enough. A closed episode's condition must not become true, an open one's not false. What follows with the other
 * terms unknown follows with whatever they are, and does not turn into its opposite where a guard itself is unknown (Kleene's logic is monotonic).
 */
function guardSets(composed: Composed, isOpen: boolean, others: number): readonly (readonly SkimGuard[])[] {
  const at = isOpen ? 'stays' : 'holds';
  const own = composed.leaves.flatMap((leaf, index) => (leaf.kind === 'term' && leaf.series === undefined ? [{ index, leaf }] : []));
  const truthWith = (given: ReadonlyMap<number, boolean>): boolean | undefined =>
    treeTruth(composed.tree, (index) => (own.some((each) => each.index === index) ? given.get(index) : toldTruth(others, index, at)));
  if (own.length <= triedMax && combinations(own.map(({ index }) => index)).every((given) => truthWith(given) !== !isOpen)) return [[]];
  const usable = own.filter(({ leaf }) => isPassable(leaf));
  const sets = usable.flatMap(({ index, leaf }) =>
    [isOpen, !isOpen].flatMap((isBeyond) => (truthWith(new Map([[index, isBeyond]])) === isOpen ? [[guardOf(leaf, isBeyond, at)]] : [])),
  );
  const all = truthWith(new Map(usable.map(({ index }) => [index, isOpen])));
  return all === isOpen ? [...sets, usable.map(({ leaf }) => guardOf(leaf, isOpen, at))] : sets;
}

function combinations(indices: readonly number[]): readonly ReadonlyMap<number, boolean>[] {
  return Array.from({ length: 2 ** indices.length }, (_, bits) => new Map(indices.map((index, place) => [index, ((bits >> place) & 1) === 1] as const)));
}
