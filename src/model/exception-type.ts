import { definition, type Definition } from './definition.ts';
import type { FieldUnits, UnitsOf } from './field-units.ts';
import type { Span } from './limit.ts';
import type { Ownership } from './owner.ts';

/** What a failure touches. */
export type ExceptionClass = 'machine-event' | 'erp-transaction' | 'supplier-workflow' | 'reporting';

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
}): ExceptionType<Evidence> {
  const { units, ...rest } = spec;
  // What says the unit of a field is a code, and what says those of an object's fields is an object.
  const said = units as FieldUnits | undefined;
  return definition('exception', { ...rest, suggestions: rest.suggestions ?? [], ...(said && { units: said }) });
}
