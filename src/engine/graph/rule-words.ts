import type { LimitValues } from '../../model/limit.ts';
import type { Rule } from '../../model/rule.ts';
import { settingsOf } from '../rules/rule-settings.ts';

/** When a rule fires and clears, under one environment. Times in milliseconds, limits in the signal's unit or in percent of `percentOf`. */
export interface RuleTerms {
  readonly of: 'average' | 'minimum' | 'maximum' | 'last';
  /** 0 where each sample is judged by itself. */
  readonly windowMs: number;
  readonly direction: 'below' | 'above';
  readonly limit: number;
  readonly clearLimit: number;
  readonly percentOf: string | undefined;
  readonly sustainedMs: number;
  readonly clearMs: number;
  readonly unit: string;
  /** The same in words, e.g. `below 80 % of target, average over 4 s, sustained 3 s; clears above 90 % of target for 2 s`. */
  readonly words: string;
}

export function ruleTerms(rule: Rule, limits: LimitValues): RuleTerms {
  const { of, windowMs, direction, limit, clearLimit, percentOf, sustainedMs, clearMs, unit } = settingsOf(rule, limits);
  const bound = (value: number): string => (percentOf === undefined ? [value, ...(unit === '1' ? [] : [unit])].join(' ') : `${value} % of ${percentOf}`);
  const fires = [
    `${direction} ${bound(limit)}`,
    windowMs === 0 ? 'each sample by itself' : `${of} over ${spanWords(windowMs)}`,
    ...(sustainedMs === 0 ? [] : [`sustained ${spanWords(sustainedMs)}`]),
  ];
  const clears = `clears ${direction === 'below' ? 'above' : 'below'} ${bound(clearLimit)}${clearMs === 0 ? '' : ` for ${spanWords(clearMs)}`}`;
  return { of, windowMs, direction, limit, clearLimit, percentOf, sustainedMs, clearMs, unit, words: `${fires.join(', ')}; ${clears}` };
}

/** `90000` → `90 s`, in the largest unit that it is a whole number of. */
function spanWords(ms: number): string {
  for (const [unit, unitMs] of spanUnits) if (ms % unitMs === 0) return `${ms / unitMs} ${unit}`;
  return `${ms} ms`;
}

const spanUnits = [
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;
