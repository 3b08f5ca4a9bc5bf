import { definition, type Definition } from './definition.ts';
import type { Ownership } from './owner.ts';

/** A pure, versioned judgement: the same inputs give the same plan. */
export interface Decision<In = never, Out = unknown> extends Definition<'decision'> {
  readonly version: number;
  readonly title: string;
  readonly owner: Ownership;
  decide(inputs: In): Out;
}

/** Declares a decision. Its inputs, their versions and its own version are recorded each time it is taken. */
export function defineDecision<In, Out>(spec: {
  readonly name: string;
  readonly version: number;
  readonly title: string;
  readonly owner: Ownership;
  readonly decide: (inputs: In) => Out;
}): Decision<In, Out> {
  return definition('decision', spec);
}
