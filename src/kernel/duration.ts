import { Fault } from './errors.ts';

/** A length of time with its unit, e.g. `'500ms'`, `'30s'`, `'5m'`, `'4h'`, `'1d'`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration. Raises INPUT_INVALID on anything else. */
export function durationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  const factor = unitMs[match?.[2] ?? ''];
  if (!match || factor === undefined) {
    throw new Fault('INPUT_INVALID', `"${text}" is not a duration; write a number and one of ms, s, m, h, d, e.g. "5m".`, { text });
  }
  return Math.round(Number(match[1]) * factor);
}

/** Whether a text is a duration. */
export function isDuration(text: string): text is Duration {
  return /^\d+(?:\.\d+)?(ms|s|m|h|d)$/.test(text);
}

/** The shortest way to write a length of time, e.g. `15m`; what is no whole number of a unit is rounded to a tenth. */
export function durationText(ms: number): Duration {
  const fitting = (['d', 'h', 'm', 's'] as const).find((unit) => ms >= (unitMs[unit] ?? 1)) ?? 'ms';
  return `${Math.round((ms / (unitMs[fitting] ?? 1)) * 10) / 10}${fitting}`;
}
