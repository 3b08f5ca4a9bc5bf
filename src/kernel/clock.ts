/** Time as an argument: real in `run/`, virtual in tests and simulation. */
export interface Clock {
  /** Milliseconds since the Unix epoch, UTC. */
  now(): number;
  /** Milliseconds since some moment in the past, which grow with time only, whoever sets the machine's clock: for how long something has lasted. */
  steady(): number;
  /** Calls `fire` once at or after `atMs` (epoch milliseconds), also where the machine's clock is set meanwhile; the returned function cancels it. */
  at(atMs: number, fire: () => void): () => void;
  /** Calls `fire` once when `ms` milliseconds of the steady clock have passed, whatever is done to the machine's; the returned function cancels it. */
  after(ms: number, fire: () => void): () => void;
}

/** Resolves after `ms` milliseconds of `clock`; rejects with the signal's reason when aborted. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Puts work off to the next turn of the event loop, in the order of asking: `setImmediate`, or a simulation's own. */
export type NextTurn = (work: () => void) => void;

/** Chance as an argument: a number in [0, 1). */
export type Random = () => number;
