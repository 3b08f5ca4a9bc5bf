import type { Composed, Leaf, Term, Tree } from './rule-settings.ts';
import type { ContextValues, Point, RuleState } from './rule-state.ts';
import { isWindowFull, windowValue } from './window.ts';

/** A leaf at one moment: whether it holds at its limit, and at its clear limit; undefined while that is unknown. */
interface Truth {
  readonly holds: boolean | undefined;
  readonly stays: boolean | undefined;
}

const unknown: Truth = { holds: undefined, stays: undefined };
// How a truth is kept with its moment.
const [knownBit, holdsBit, staysBit] = [1, 2, 4];
const bitsEach = 3;
/** Conditions of one rule, so that what is known of them fits a number. */
export const leavesMax = 10;

export function beyond(direction: 'below' | 'above', value: number, limit: number): boolean {
  return direction === 'below' ? value < limit : value > limit;
}

/** What one unit of a limit is worth in the signal's unit; undefined while the target is unknown. */
export function scaleOf({ percentOf }: Pick<Term, 'percentOf'>, target: number | undefined): number | undefined {
  if (percentOf === undefined) return 1;
  return target === undefined ? undefined : target / 100;
}

function truthOfTerm(term: Term, value: number, target: number | undefined): Truth {
  const scale = scaleOf(term, target);
  if (scale === undefined || Number.isNaN(value)) return unknown;
  return { holds: beyond(term.direction, value, term.limit * scale), stays: beyond(term.direction, value, term.clearLimit * scale) };
}

/** What is known of the other signals when a sample of the rule's own comes, to be kept with its moment. */
export function othersAt({ leaves }: Composed, state: RuleState, atMs: number, nowMs: number, context: ContextValues): number {
  let bits = 0;
  for (const [index, leaf] of leaves.entries()) bits |= bitsOf(otherTruth(leaf, state, atMs, nowMs, context)) << (index * bitsEach);
  return bits;
}

export function bitsOf({ holds, stays }: Truth): number {
  return holds === undefined || stays === undefined ? 0 : knownBit + (holds ? holdsBit : 0) + (stays ? staysBit : 0);
}

/** What a condition on another signal comes to with what is known of that. */
export function otherTruth(leaf: Leaf, state: RuleState, atMs: number, nowMs: number, context: ContextValues): Truth {
  switch (leaf.kind) {
    case 'is': {
      const value = context[leaf.series];
      const holds = value === undefined ? undefined : leaf.values.includes(value);
      return { holds, stays: holds };
    }
    case 'missing': {
      const holds = isMissing(leaf, state, nowMs);
      return { holds, stays: holds };
    }
    case 'term':
      return leaf.series === undefined ? unknown : otherTerm(leaf, leaf.series, state, atMs, context);
  }
}

function otherTerm(term: Term, series: string, state: RuleState, atMs: number, context: ContextValues): Truth {
  const target = term.percentOf === undefined ? undefined : context[term.percentOf];
  const scale = typeof target === 'number' ? target : undefined;
  if (term.windowMs === 0) {
    const value = context[series];
    return typeof value === 'number' ? truthOfTerm(term, value, scale) : unknown;
  }
  const points = state.series?.[series] ?? [];
  const last = points.length - 1;
  const newest = points[last];
  // A window that nothing has come for is not known.
  if (!newest || atMs - newest.atMs > term.windowMs || !isWindowFull(term, newest)) return unknown;
  return truthOfTerm(term, windowValue(term, points, last), scale);
}

/** Whether a signal has been silent for the leaf's span by the edge's clock; undefined before it was heard for the first time. */
function isMissing({ series, spanMs }: Extract<Leaf, { kind: 'missing' }>, state: RuleState, nowMs: number): boolean | undefined {
  const heardMs = series === undefined ? state.heardMs : state.heard?.[series];
  return heardMs === undefined ? undefined : nowMs - Math.max(heardMs, state.listeningMs ?? heardMs) >= spanMs;
}

/** Whether the rule's condition holds at a moment, at its limits or at its clear limits. */
export function composedTruth(composed: Composed, points: readonly Point[], index: number, at: 'holds' | 'stays', others?: number): boolean | undefined {
  const point = points[index];
  if (!point) return undefined;
  const bits = others ?? point.others ?? 0;
  const of = (leafIndex: number): boolean | undefined => {
    const leaf = composed.leaves[leafIndex];
    return leaf?.kind === 'term' && leaf.series === undefined ? ownTruth(leaf, points, index, at) : toldTruth(bits, leafIndex, at);
  };
  return treeTruth(composed.tree, of);
}

/** Of a term on the rule's own signal; undefined before its window is full. */
export function ownTruth(term: Term, points: readonly Point[], index: number, at: 'holds' | 'stays'): boolean | undefined {
  const point = points[index];
  return point && isWindowFull(term, point) ? truthOfTerm(term, windowValue(term, points, index), point.target)[at] : undefined;
}

/** Of a condition on another signal, as `othersAt` told it. */
export function toldTruth(others: number, leafIndex: number, at: 'holds' | 'stays'): boolean | undefined {
  const own = others >> (leafIndex * bitsEach);
  return (own & knownBit) === 0 ? undefined : (own & (at === 'holds' ? holdsBit : staysBit)) !== 0;
}

/** Kleene's logic of three values: what does not depend on the unknown is known. */
export function treeTruth(tree: Tree, of: (leaf: number) => boolean | undefined): boolean | undefined {
  if ('leaf' in tree) return of(tree.leaf);
  if ('not' in tree) {
    const inner = treeTruth(tree.not, of);
    return inner === undefined ? undefined : !inner;
  }
  const decisive = tree.join === 'any';
  let isKnown = true;
  for (const part of tree.of) {
    const truth = treeTruth(part, of);
    if (truth === decisive) return decisive;
    isKnown &&= truth !== undefined;
  }
  return isKnown ? !decisive : undefined;
}
