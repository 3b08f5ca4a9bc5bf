import type { ReactElement } from 'react';
import { useZone } from '../shell/plant.ts';
import { useNow } from '../words/now.ts';
import { ageWords, clockTime, dayTime, preciseTime } from '../words/time.ts';

type Precision = 'day' | 'second' | 'millisecond';

/** An instant in the plant's zone; hovering tells it in UTC. */
export function Instant({ ms, precision = 'second' }: { readonly ms: number; readonly precision?: Precision }): ReactElement {
  const zone = useZone();
  const iso = new Date(ms).toISOString();
  const shown = { day: dayTime, second: clockTime, millisecond: preciseTime }[precision](ms, zone);
  return (
    <time dateTime={iso} title={iso}>
      {shown}
    </time>
  );
}

/** How long ago, or until when; follows the clock. */
export function Age({ ms }: { readonly ms: number }): ReactElement {
  const now = useNow();
  const iso = new Date(ms).toISOString();
  return (
    <time dateTime={iso} title={iso}>
      {ageWords(ms, now)}
    </time>
  );
}
