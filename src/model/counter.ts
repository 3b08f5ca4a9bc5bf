/** How a counter of a controller behaves. */
export interface CounterNature {
  /** The value at which it begins at 0 again, e.g. 65,536; undefined of one that never does. */
  readonly rollsOverAt?: number;
  /** More than this cannot be counted between two samples: a smaller value is then a reset, not a roll-over. Default: half of `rollsOverAt`. */
  readonly stepMax?: number;
}

/** What was counted between two samples, and what happened to the counter. */
export interface CounterStep {
  /** Never negative. After a reset: what has been counted since. */
  readonly increase: number;
  readonly happened: 'counted' | 'rolled over' | 'reset';
}

/** What a counter counted from one sample to the next. Pure. */
export function counterStep(before: number, now: number, { rollsOverAt, stepMax = (rollsOverAt ?? 0) / 2 }: CounterNature = {}): CounterStep {
  if (now >= before) return { increase: now - before, happened: 'counted' };
  const rolled = rollsOverAt === undefined || before > rollsOverAt || now < 0 ? Infinity : rollsOverAt - before + now;
  return rolled <= stepMax ? { increase: rolled, happened: 'rolled over' } : { increase: Math.max(0, now), happened: 'reset' };
}

/** What a counter counted over its samples, in their order, in all. */
export function counterIncrease(values: Iterable<number>, nature: CounterNature = {}): number {
  let before: number | undefined;
  let sum = 0;
  for (const now of values) {
    if (before !== undefined) sum += counterStep(before, now, nature).increase;
    before = now;
  }
  return sum;
}
