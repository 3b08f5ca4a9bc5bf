import type { Definition, Site } from '../../model/definition.ts';

/** What a landscape must not have, or should not: where, what, and what to do. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  /** Kebab-case, the same for every finding of its kind. */
  readonly code: string;
  /** With the column, from 1, where that is known. */
  readonly site: Site & { readonly column?: number };
  /** Names the thing and the value. */
  readonly message: string;
  /** What to do. */
  readonly help: string;
}

/** An error at the place where `at` was declared. */
export function refuse(at: Definition, code: string, message: string, help: string): Finding {
  return { severity: 'error', code, site: at.site, message, help };
}

/** The way a definition is called in a message: `capability "production-order.release"`. */
export function nameOf({ kind, name }: Definition): string {
  return `${kind} "${name}"`;
}

/** `file:line`, or `file:line:column`, of a finding. */
export function placeText({ site }: Finding): string {
  return `${site.file}:${site.line}${site.column === undefined ? '' : `:${site.column}`}`;
}

/** `file:line` of a definition, for messages that name a second place. */
export function placeOf({ site }: Definition): string {
  return `${site.file}:${site.line}`;
}
