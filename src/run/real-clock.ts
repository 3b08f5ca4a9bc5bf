import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import type { Clock } from '../kernel/clock.ts';
import { alarms } from './alarms.ts';

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
  const waiting = alarms();
  /** One timer for all alarms: one for each costs every run that waits half a kilobyte. It is on nobody's behalf. */
  const outside = AsyncLocalStorage.snapshot();
  let timer: NodeJS.Timeout | undefined;
  let ahead = wall() - steady();
  let watcher: NodeJS.Timeout | undefined;

  function look(): void {
    const now = wall() - steady();
    if (Math.abs(now - ahead) < stepMinMs) return;
    ahead = now;
    arm();
  }

  /** For the earliest alarm. */
  function arm(): void {
    clearTimeout(timer);
    const first = waiting.first();
    if (first === undefined) {
      clearInterval(watcher);
      timer = watcher = undefined;
      return;
    }
    timer = outside(setTimeout, due, Math.min(timerMax, Math.max(0, first.atMs - wall())));
    if (watcher) return;
    ahead = wall() - steady();
    watcher = outside(setInterval, look, lookMs).unref();
  }

  function due(): void {
    try {
      // Those that are set by these have their own turn.
      const last = waiting.newest();
      for (let first = waiting.first(); first !== undefined && first.atMs <= wall() && first.number <= last; first = waiting.first()) {
        waiting.delete(first);
        first.fire();
      }
    } finally {
      arm();
    }
    // It was set back: remembered, so that it is noticed when it is right again.
    look();
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
      const alarm = waiting.set(atMs, fire);
      if (waiting.first() === alarm) arm();
      return () => {
        waiting.delete(alarm);
        // Another than the last one leaves the timer as it is: it looks who is the next.
        if (waiting.size === 0) arm();
      };
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
