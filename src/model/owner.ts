import { definition, type Definition } from './definition.ts';
import type { Span } from './limit.ts';

/** A team that answers for things. */
export interface Owner extends Definition<'owner'> {
  readonly title: string;
  /** Where alerts go. */
  readonly mail: string;
  /** Whether the team belongs to IT or to the plant (OT). */
  readonly side: 'it' | 'ot';
  /** Who gets a case as well when this owner does not act in time; who in turn may name the next. */
  readonly escalatesTo?: Owner;
  /** How soon this owner must have acknowledged a case. Without either time: by the time that the case is due. */
  readonly acknowledgeWithin?: Span;
  /** How soon this owner must have resolved it, acknowledged or not. */
  readonly resolveWithin?: Span;
}

/** Declares a team: `defineOwner({ name: 'planning', title: 'Production planning', mail: 'planning@plant.example', side: 'it' })`. */
export function defineOwner(spec: {
  readonly name: string;
  readonly title: string;
  readonly mail: string;
  readonly side: 'it' | 'ot';
  readonly escalatesTo?: Owner;
  readonly acknowledgeWithin?: Span;
  readonly resolveWithin?: Span;
}): Owner {
  return definition('owner', spec);
}

/** One owner, or one of IT and one of the plant for what concerns both. */
export type Ownership = Owner | { readonly it: Owner; readonly ot: Owner };

export function ownersOf(ownership: Ownership | undefined): readonly Owner[] {
  if (!ownership) return [];
  return 'kind' in ownership ? [ownership] : [ownership.it, ownership.ot];
}
