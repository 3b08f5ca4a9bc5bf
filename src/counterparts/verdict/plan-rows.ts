// Rows that ask the same of every plan.
import type { Outlook, Wanted } from './outlook.ts';
import { judged, listed, type Row } from './row.ts';

/** One plan's answer. */
export interface PlanAnswer {
  readonly expected: string;
  readonly found: string;
  readonly ok: boolean;
}

/** How many plans are told of in one row; the rest is counted. */
const toldMax = 6;

/** Holds where it holds for each plan; tells of those that are wrong, or of the last few. */
export function ofEachPlan(id: string, question: string, outlooks: readonly Outlook[], answer: (outlook: Outlook) => PlanAnswer): Row {
  const all = outlooks.map((outlook, index) => ({ number: index + 1, ...answer(outlook) }));
  const wrong = all.filter(({ ok }) => !ok);
  const told = (wrong.length > 0 ? wrong : all).slice(-toldMax);
  const numbered = (text: (one: (typeof all)[number]) => string): string => listed(told.map((one) => (all.length === 1 ? text(one) : `${one.number}: ${text(one)}`)));
  return judged(
    id,
    question,
    numbered(({ expected }) => expected),
    numbered(({ found }) => found),
    wrong.length === 0,
  );
}

/** How often something that is wanted or not is there: once, or not at all. */
export function onceIfWanted(wanted: Wanted, found: number): PlanAnswer {
  const words: Readonly<Record<Wanted, string>> = { yes: 'once', no: 'not', either: 'once or not' };
  const fits: Readonly<Record<Wanted, boolean>> = { yes: found === 1, no: found === 0, either: found <= 1 };
  return { expected: words[wanted], found: found === 0 ? 'not' : found === 1 ? 'once' : `${found} times`, ok: fits[wanted] };
}
