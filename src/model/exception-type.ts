import { definition, type Definition } from './definition.ts';
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
}

/** Declares a kind of exception. */
export function defineException<Evidence>(spec: {
  readonly name: string;
  readonly title: string;
  readonly owner: Ownership;
  readonly class: ExceptionClass;
  readonly severity: 'low' | 'high';
  readonly due: Span;
  readonly summary: (evidence: Evidence) => string;
  readonly suggestions?: readonly string[];
}): ExceptionType<Evidence> {
  return definition('exception', { ...spec, suggestions: spec.suggestions ?? [] });
}
