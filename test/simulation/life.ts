import type { Clock, NextTurn } from '../../src/kernel/clock.ts';
import type { Timeline } from './timeline.ts';

/** The life of a simulated process: what it put off, waits for or is told ends with it. */
export interface Life {
  readonly cut: boolean;
  /** Its machine's clock, which may be set forth and back. */
  readonly clock: Clock;
  /** The machine's clock has been set. */
  clockSet(): void;
  readonly nextTurn: NextTurn;
  /** Calls `ended` when the process ends; the returned function forgets it. */
  onEnd(ended: () => void): () => void;
  end(): void;
  /** What another process or machine tells this one, unless it has ended by then. */
  hears<Value>(promise: Promise<Value>): Promise<Value>;
}

export function life(time: Timeline, skewMs: () => number): Life {
  const bornMs = time.now();
  const listeners = new Set<() => void>();
  let cut = false;
  const now = (): number => time.now() + skewMs();

  /** Calls that set an alarm anew where the clock has been set. */
  const alarms = new Set<() => void>();

  function after(ms: number, fire: () => void): () => void {
    return time.after(ms, () => (cut ? undefined : fire()));
  }

  function at(atMs: number, fire: () => void): () => void {
    let cancel = armed();
    const again = (): void => {
      cancel();
      cancel = armed();
    };
    alarms.add(again);
    function armed(): () => void {
      return after(Math.max(0, atMs - now()), () => {
        alarms.delete(again);
        fire();
      });
    }
    return () => {
      alarms.delete(again);
      cancel();
    };
  }

  return {
    get cut() {
      return cut;
    },
    clock: { now, steady: () => time.now() - bornMs, at, after },
    clockSet() {
      for (const again of alarms) again();
    },
    nextTurn: (work) => time.nextTurn(() => (cut ? undefined : work())),
    onEnd(ended) {
      listeners.add(ended);
      return () => void listeners.delete(ended);
    },
    end() {
      if (cut) return;
      cut = true;
      for (const ended of listeners) ended();
    },
    hears: <Value>(promise: Promise<Value>) =>
      new Promise<Value>((resolve, reject) => {
        promise.then(
          (value) => (cut ? undefined : resolve(value)),
          (error: unknown) => (cut ? undefined : reject(error)),
        );
      }),
  };
}

/** A promise of a process that has ended. */
export function never<Value>(): Promise<Value> {
  return new Promise(() => undefined);
}
