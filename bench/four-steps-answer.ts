import type { LoopResult } from './closed-loop.ts';
import type { Answer } from './question.ts';

/** What a side of F1 and F2 answers. */
export function loopAnswer({ perSecond, p50Ms, cpuMs }: LoopResult): Answer {
  return { values: { perSecond, p50Ms }, ...(cpuMs !== undefined && { cpuMs }) };
}

/** Raises where the records do not hold what was played: a figure of work that was not done is none. */
export function sameCount(what: string, found: unknown, expected: number): void {
  if (Number(found) !== expected) throw new Error(`${what}: ${String(found)} found, ${expected} expected`);
}
