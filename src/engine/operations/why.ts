import { Fault } from '../../kernel/errors.ts';

/** What a person does about a case or a run. */
export type Deed = 'acknowledge' | 'resolve' | 'escalate' | 'accept' | 'retry' | 'cancel' | 'mark-done' | 'edit' | 'skip' | 'compensate';

/** What decides for the systems or the flow. To take a case on, to pass it on and to try once more decide nothing. */
const deciding: ReadonlySet<string> = new Set<Deed>(['resolve', 'accept', 'cancel', 'mark-done', 'edit', 'skip', 'compensate']);

/** Whether whoever does this says why: the one rule of both desks, which API, command line and console ask. */
export function needsWhy(deed: string): boolean {
  return deciding.has(deed);
}

/** What to tell whoever does this without a word of why; undefined where nothing is wanting. `field`: what the words are given in. */
export function wordsMissing(deed: string, words: string | undefined, field: string): string | undefined {
  if (!needsWhy(deed) || /[\p{L}\p{N}]/u.test(words ?? '')) return undefined;
  return `"${deed}" needs words that say why: give ${field}. They stand in the audit.`;
}

/** Raises INPUT_INVALID, with the field's `path`, where whoever does this has to say why and does not. */
export function assertWhy(deed: Deed, words: string, field: 'note' | 'reason'): void {
  const missing = wordsMissing(deed, words, `a ${field}`);
  if (missing !== undefined) throw new Fault('INPUT_INVALID', missing, { path: `/${field}` });
}
