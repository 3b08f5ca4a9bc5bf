import { definition, type Definition } from './definition.ts';
import type { SideUnits, UnitsOf } from './field-units.ts';
import type { Ownership } from './owner.ts';

/** A pure, versioned judgement: the same inputs give the same plan. */
export interface Decision<In = never, Out = unknown> extends Definition<'decision'> {
  readonly version: number;
  readonly title: string;
  readonly owner: Ownership;
  decide(inputs: In): Out;
  /** What the numbers of its inputs and of what it comes to are counted or measured in. */
  readonly units?: SideUnits;
}

/** Declares a decision. Its inputs, their versions and its own version are recorded each time it is taken. `units` are UCUM codes by field. */
export function defineDecision<In, Out>(spec: {
  readonly name: string;
  readonly version: number;
  readonly title: string;
  readonly owner: Ownership;
  readonly decide: (inputs: In) => Out;
  readonly units?: { readonly input?: NoInfer<UnitsOf<In>>; readonly output?: NoInfer<UnitsOf<Out>> };
}): Decision<In, Out> {
  const { units, ...rest } = spec;
  // What says the unit of a field is a code, and what says those of an object's fields is an object.
  const said = units as SideUnits | undefined;
  return definition('decision', { ...rest, ...(said && { units: said }) });
}
