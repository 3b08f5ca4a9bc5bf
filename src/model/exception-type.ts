import type { BusinessKeys } from './contract.ts';
import { definition, type Definition } from './definition.ts';
import type { FieldUnits, UnitsOf } from './field-units.ts';
import type { ExceptionClass } from './exception-class.ts';
import type { OrderImpact } from './impact.ts';
import type { Span } from './limit.ts';
import type { Ownership } from './owner.ts';

/** A kind of owned case. */
export interface ExceptionType<Evidence = never> extends Definition<'exception'> {
  readonly title: string;
  readonly owner: Ownership;
  readonly class: ExceptionClass;
  readonly severity: 'low' | 'high';
  /** How soon its owner must have acted. */
  readonly due: Span;
  /** One sentence for the inbox and the mail's subject. */
  summary(evidence: Evidence): string;
  /** What the owner can do about it, in plain words. */
  readonly suggestions: readonly string[];
  /** What the numbers of its evidence are counted or measured in. */
  readonly units?: FieldUnits;
  /**
   * Names the cause: what has the same one is counted in one case for as long as that is not resolved. Without it, the cause is
   * the flow with the business keys of the case.
   */
  readonly cause?: (evidence: Evidence, keys: BusinessKeys) => string;
  /** Which orders it affects, and with how much of what; each order counts once per case. */
  readonly impact?: (evidence: Evidence) => readonly OrderImpact[];
  /** A cause that strikes again this soon after its case was resolved opens that case again; later, a new one. */
  readonly reopenWithin?: Span;
}

/** Declares a kind of exception. `units` are the UCUM codes of the evidence, by field. */
export function defineException<Evidence>(spec: {
  readonly name: string;
  readonly title: string;
  readonly owner: Ownership;
  readonly class: ExceptionClass;
  readonly severity: 'low' | 'high';
  readonly due: Span;
  readonly summary: (evidence: Evidence) => string;
  readonly suggestions?: readonly string[];
  readonly units?: NoInfer<UnitsOf<Evidence>>;
  readonly cause?: (evidence: Evidence, keys: BusinessKeys) => string;
  readonly impact?: (evidence: Evidence) => readonly OrderImpact[];
  readonly reopenWithin?: Span;
}): ExceptionType<Evidence> {
  const { units, ...rest } = spec;
  // What says the unit of a field is a code, and what says those of an object's fields is an object.
  const said = units as FieldUnits | undefined;
  return definition('exception', { ...rest, suggestions: rest.suggestions ?? [], ...(said && { units: said }) });
}
