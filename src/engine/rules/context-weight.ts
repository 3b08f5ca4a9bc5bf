import { otherTruth, bitsOf } from './condition-truth.ts';
import type { RuleSettings } from './rule-settings.ts';
import { emptyRuleState, type ContextValues } from './rule-state.ts';

type ContextValue = ContextValues[string];

/** What a context value counts for in a judgement: two values of one weight are judged alike. */
export type Weight = (value: ContextValue) => ContextValue;

/** Of each context name on which a judgement depends: all that is new there counts, or only which conditions hold with it. */
export function contextWeights({ percentOf, composed, context }: RuleSettings): ReadonlyMap<string, Weight> {
  const weights = new Map<string, Weight>();
  const state = emptyRuleState();
  const leaves = composed?.leaves ?? [];
  const targets = new Set(leaves.map((leaf) => (leaf.kind === 'term' ? leaf.percentOf : undefined)));
  for (const name of context) {
    if (name === 'order' || name === percentOf || targets.has(name)) {
      weights.set(name, (value) => value);
      continue;
    }
    const own = leaves.filter(({ kind, series }) => kind !== 'missing' && series === name);
    if (own.length === 0) continue;
    // Compared with a share of another signal, a value counts by itself.
    const isShare = own.some((leaf) => leaf.kind === 'term' && leaf.percentOf !== undefined);
    weights.set(name, isShare ? (value) => value : (value) => own.reduce((bits, leaf, place) => bits + bitsOf(otherTruth(leaf, state, 0, 0, { [name]: value })) * 8 ** place, 0));
  }
  return weights;
}
