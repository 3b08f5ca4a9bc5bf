import { readFileSync } from 'node:fs';
import type { Clock } from '../kernel/clock.ts';

/** The longest that a Node timer can wait, milliseconds. */
const timerMax = 2 ** 31 - 1;
/** How soon it is noticed that somebody has set the machine's time, or that the machine slept. */
const lookMs = 500;
/** A clock that is only being kept right moves by less in between. */
const stepMinMs = 100;

/** Where a clock's time comes from, in milliseconds: that of the wall, which can be set, and one that only goes on. */
interface TimeSource {
  readonly wall: () => number;
  readonly steady: () => number;
}

/** A clock whose alarms go by the wall, also when it is set while they wait: Node's timers know only the steady time. */
export function clockOn({ wall, steady }: TimeSource): Clock {
  const waiting = new Set<() => void>();
  let ahead = wall() - steady();
  let watcher: NodeJS.Timeout | undefined;

  function look(): void {
    const now = wall() - steady();
    if (Math.abs(now - ahead) < stepMinMs) return;
    ahead = now;
    for (const again of waiting) again();
  }

  function watch(): void {
    if (waiting.size > 0 && !watcher) {
      ahead = wall() - steady();
      watcher = setInterval(look, lookMs).unref();
    } else if (waiting.size === 0) {
      clearInterval(watcher);
      watcher = undefined;
    }
  }

  return {
    now: wall,
    steady,
    after(ms, fire) {
      const dueMs = steady() + ms;
      let timer = setTimeout(due, Math.min(timerMax, Math.max(0, ms)));
      function due(): void {
        const restMs = dueMs - steady();
        if (restMs > 0) timer = setTimeout(due, Math.min(timerMax, Math.ceil(restMs)));
        else fire();
      }
      return () => clearTimeout(timer);
    },
    at(atMs, fire) {
      let timer: NodeJS.Timeout;
      const arm = (): void => {
        clearTimeout(timer);
        timer = setTimeout(due, Math.min(timerMax, Math.max(0, atMs - wall())));
      };
      const end = (): void => {
        clearTimeout(timer);
        waiting.delete(arm);
        watch();
      };
      function due(): void {
        if (atMs > wall()) {
          arm();
          // It was set back: remembered, so that it is noticed when it is right again.
          return look();
        }
        end();
        fire();
      }
      arm();
      waiting.add(arm);
      watch();
      return end;
    },
  };
}

/** How long what the file says of the clock is believed, milliseconds. */
const believedMs = 20;

/** For fault tests: the wall's time, wrong by as many milliseconds as the file says. */
function wrongBy(file: string): () => number {
  let read = { atMs: Number.NEGATIVE_INFINITY, offsetMs: 0 };
  return () => {
    if (performance.now() - read.atMs > believedMs) {
      // Nothing valid in it: right.
      read = { atMs: performance.now(), offsetMs: Number(textOf(file)) || 0 };
    }
    return Date.now() + read.offsetMs;
  };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Not there: nobody has touched the clock.
    return '';
  }
}

const { LINESHAFT_CLOCK_FILE: clockFile } = process.env;

/** The machine's own time. With LINESHAFT_CLOCK_FILE, for fault tests, wrong by as many milliseconds as that file says. */
export const realClock: Clock = clockOn({ wall: clockFile === undefined ? () => Date.now() : wrongBy(clockFile), steady: () => performance.now() });
