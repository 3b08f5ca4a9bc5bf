// One question to the ledgers, what the answer must be, and what it is.

export interface Row {
  readonly id: string;
  readonly question: string;
  readonly expected: string;
  readonly found: string;
  readonly ok: boolean;
}

/** Holds where both texts are the same. */
export function same(id: string, question: string, expected: string | number, found: string | number): Row {
  return { id, question, expected: String(expected), found: String(found), ok: String(expected) === String(found) };
}

/** Holds where `ok` says so. */
export function judged(id: string, question: string, expected: string, found: string, ok: boolean): Row {
  return { id, question, expected, found, ok };
}

/** Several facts as one text; `none` where there are none. */
export function listed(facts: readonly (string | number | undefined)[]): string {
  return facts.length === 0 ? 'none' : facts.map((fact) => fact ?? '?').join(', ');
}

/** An instant as a person reads it: to the minute where it is whole minutes. */
export function shownAt(instant: string | number): string {
  const ms = typeof instant === 'number' ? instant : Date.parse(instant);
  return Number.isNaN(ms) ? String(instant) : new Date(ms).toISOString().replace(/(:00)?\.000Z$/, 'Z');
}

/** What was counted, its thousands apart: `25,500 packs`. */
export function counted(count: unknown, what: string): string {
  const [whole = '', ...fraction] = String(count).split('.');
  return `${[whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ','), ...fraction].join('.')} ${what}`;
}
