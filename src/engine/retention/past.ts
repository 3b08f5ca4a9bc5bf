/** What is over, which some go on from while retention drops it: never both at once. */
export interface Past {
  /** Nothing is dropped while `work` looks at what is over and goes on from it. */
  kept<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Drops once nobody looks; who begins to look meanwhile waits for its end. Rejects where the signal comes first. */
  drop<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result>;
  /** How often somebody has looked to the end: what may go was different before. */
  looks(): number;
}

export function past(): Past {
  let looking = 0;
  let looks = 0;
  let dropping: Promise<unknown> | undefined;
  let free: (() => void) | undefined;

  /** Resolves when nobody looks. One asks at a time. */
  function unwatched(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        free = undefined;
        reject(signal.reason);
      };
      signal.addEventListener('abort', stop, { once: true });
      free = () => {
        free = undefined;
        signal.removeEventListener('abort', stop);
        resolve();
      };
    });
  }

  return {
    async kept(work) {
      while (dropping) await dropping;
      looking += 1;
      try {
        return await work();
      } finally {
        looking -= 1;
        looks += 1;
        if (looking === 0) free?.();
      }
    },
    async drop(work, signal) {
      signal.throwIfAborted();
      while (looking > 0) {
        await unwatched(signal);
        signal.throwIfAborted();
      }
      const dropped = work();
      dropping = dropped.then(
        () => undefined,
        () => undefined,
      );
      try {
        return await dropped;
      } finally {
        dropping = undefined;
      }
    },
    looks: () => looks,
  };
}
