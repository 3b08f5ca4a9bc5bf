import type { Clock } from '../../kernel/clock.ts';

/**
 * Time for senders to deliver what came to them while no hub was there, before a wait of an earlier process ends for want of it: counted
 * anew with each process, from when it takes events in.
 */
export interface Redelivery {
  /** The hub takes events in from now on. */
  begin(): void;
  /** How long such a wait goes on at least, milliseconds; 0 where the time is over. */
  leftMs(): number;
}

export function redelivery(clock: Clock, withinMs: number): Redelivery {
  let endsMs: number | undefined;
  return {
    begin() {
      endsMs = clock.steady() + withinMs;
    },
    leftMs: () => (endsMs === undefined ? withinMs : Math.max(0, endsMs - clock.steady())),
  };
}
