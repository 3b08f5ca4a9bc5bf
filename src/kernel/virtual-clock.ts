import type { Clock } from './clock.ts';

interface Alarm {
  readonly atMs: number;
  readonly order: number;
  readonly fire: () => void;
}

/** A clock that moves only when told: alarms fire in order of time, then of request. */
export interface VirtualClock extends Clock {
  /** Moves to `atMs`, firing everything due on the way and letting its consequences settle in between. */
  advanceTo(atMs: number): Promise<void>;
  /** Moves by `ms` milliseconds. */
  advance(ms: number): Promise<void>;
  /** The next alarm's time, if there is one. */
  next(): number | undefined;
}

export function virtualClock(startMs = 0, settle: () => Promise<void> = settleMicrotasks): VirtualClock {
  let nowMs = startMs;
  let order = 0;
  let alarms: Alarm[] = [];

  function next(): number | undefined {
    return alarms.length === 0 ? undefined : Math.min(...alarms.map((alarm) => alarm.atMs));
  }

  function takeDue(untilMs: number): Alarm | undefined {
    const due = alarms.filter((alarm) => alarm.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs || a.order - b.order)[0];
    if (due) alarms = alarms.filter((alarm) => alarm !== due);
    return due;
  }

  async function advanceTo(atMs: number): Promise<void> {
    await settle();
    for (let due = takeDue(atMs); due; due = takeDue(atMs)) {
      nowMs = Math.max(nowMs, due.atMs);
      due.fire();
      await settle();
    }
    nowMs = Math.max(nowMs, atMs);
  }

  function at(atMs: number, fire: () => void): () => void {
    const alarm = { atMs, order: order++, fire };
    alarms.push(alarm);
    return () => {
      alarms = alarms.filter((other) => other !== alarm);
    };
  }

  return {
    now: () => nowMs,
    steady: () => nowMs - startMs,
    at,
    after: (ms, fire) => at(nowMs + ms, fire),
    advanceTo,
    advance: (ms) => advanceTo(nowMs + ms),
    next,
  };
}

/** Lets promise chains run until they wait for a timer or for I/O. */
async function settleMicrotasks(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
