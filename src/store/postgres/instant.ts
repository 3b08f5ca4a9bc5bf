import type { Clock } from '../../kernel/clock.ts';

/** A moment by both clocks of a machine: that of the wall can be set, and the steady one may stand still while the machine sleeps. */
export interface Instant {
  readonly wallMs: number;
  readonly steadyMs: number;
}

export function instantOf(clock: Clock): Instant {
  return { wallMs: clock.now(), steadyMs: clock.steady() };
}

/** How long ago that was, in milliseconds, by the clock that says longer. */
export function sinceMs(clock: Clock, { wallMs, steadyMs }: Instant): number {
  return Math.max(clock.now() - wallMs, clock.steady() - steadyMs);
}
