import type { Clock, NextTurn } from '../../src/kernel/clock.ts';
import type { Timeline } from './timeline.ts';

/** The life of a simulated process: what it put off, waits for or is told ends with it. */
export interface Life {
  readonly cut: boolean;
  /** Its machine's clock, which may be set forth and back; its timers run on, as those of Node do. */
  readonly clock: Clock;
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

  function at(atMs: number, fire: () => void): () => void {
    let cancel = armed();
    function armed(): () => void {
      return time.after(Math.max(0, atMs - now()), () => {
        if (cut) return;
        if (now() >= atMs) fire();
        else cancel = armed();
      });
    }
    return () => cancel();
  }

  return {
    get cut() {
      return cut;
    },
    clock: { now, steady: () => time.now() - bornMs, at },
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
