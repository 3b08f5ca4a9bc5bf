import type { NextTurn } from '../../src/kernel/clock.ts';

interface Alarm {
  readonly atMs: number;
  readonly order: number;
  readonly fire: () => void;
  gone: boolean;
}

/**
 * The time of a simulated world, in milliseconds, and everything that happens in it, one thing at a time: first what was put off to
 * a next turn, in the order of asking, then the next alarm. All promises that a thing settles run before the next thing does, because
 * each has a macrotask of its own; nothing else in the process has any.
 */
export interface Timeline {
  now(): number;
  /** Calls `fire` at `atMs`, or as the next thing where that has passed; of one moment, in the order of asking. */
  at(atMs: number, fire: () => void): () => void;
  after(ms: number, fire: () => void): () => void;
  readonly nextTurn: NextTurn;
  /** Goes on until `isOver`, or nothing is left to happen. Rejects with what something threw, and where it goes on without end. */
  run(isOver: () => boolean): Promise<void>;
}

/** Things that happen in one play: a hundred times what one needs. */
const thingsMax = 3_000_000;

export function timeline(startMs: number): Timeline {
  let nowMs = startMs;
  let order = 0;
  const heap: Alarm[] = [];
  let turns: (() => void)[] = [];
  let turn = 0;

  function sooner(one: number, other: number): boolean {
    const [a, b] = [heap[one], heap[other]];
    return a !== undefined && b !== undefined && (a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order));
  }

  function swap(one: number, other: number): void {
    const [a, b] = [heap[one], heap[other]];
    if (a && b) [heap[one], heap[other]] = [b, a];
  }

  function push(alarm: Alarm): void {
    heap.push(alarm);
    for (let at = heap.length - 1; at > 0;) {
      const above = (at - 1) >> 1;
      if (!sooner(at, above)) break;
      swap(at, above);
      at = above;
    }
  }

  function pop(): Alarm | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      let next = at;
      if (sooner(left, next)) next = left;
      if (sooner(left + 1, next)) next = left + 1;
      if (next === at) return first;
      swap(at, next);
      at = next;
    }
  }

  function nextThing(): (() => void) | undefined {
    const waiting = turns[turn];
    if (waiting) {
      turn += 1;
      if (turn === turns.length) [turns, turn] = [[], 0];
      return waiting;
    }
    for (let alarm = pop(); alarm; alarm = pop()) {
      if (alarm.gone) continue;
      nowMs = Math.max(nowMs, alarm.atMs);
      return alarm.fire;
    }
    return undefined;
  }

  function at(atMs: number, fire: () => void): () => void {
    const alarm: Alarm = { atMs: Math.max(nowMs, atMs), order: order++, fire, gone: false };
    push(alarm);
    return () => {
      alarm.gone = true;
    };
  }

  return {
    now: () => nowMs,
    at,
    after: (ms, fire) => at(nowMs + ms, fire),
    nextTurn: (work) => void turns.push(work),
    run(isOver) {
      return new Promise((resolve, reject) => {
        let things = 0;
        function step(): void {
          try {
            const thing = isOver() ? undefined : nextThing();
            if (!thing) {
              resolve();
              return;
            }
            things += 1;
            if (things > thingsMax) throw new Error(`after ${thingsMax} things the world is still not at rest`);
            thing();
            setImmediate(step);
          } catch (error) {
            reject(error);
          }
        }
        setImmediate(step);
      });
    },
  };
}
