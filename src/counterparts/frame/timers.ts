// Everything that waits: forgotten as a whole when the world is reset or the process ends.

/** The longest that a timer of Node can wait, nearly 25 days; a longer one would fire at once. */
const longestMs = 2 ** 31 - 1;

export interface Timers {
  later(ms: number, work: () => void): void;
  /** True once the time has passed, false if it was forgotten meanwhile. */
  hold(ms: number): Promise<boolean>;
  clear(): void;
}

export function timersOf(): Timers {
  const waiting = new Map<NodeJS.Timeout, () => void>();
  const wait = (ms: number, done: () => void, forgotten: () => void) => {
    const timer = setTimeout(
      () => {
        waiting.delete(timer);
        done();
      },
      Math.min(ms, longestMs),
    );
    waiting.set(timer, forgotten);
  };
  return {
    later: (ms, work) => wait(ms, work, () => {}),
    hold: (ms) =>
      ms <= 0
        ? Promise.resolve(true)
        : new Promise((resolve) =>
            wait(
              ms,
              () => resolve(true),
              () => resolve(false),
            ),
          ),
    clear() {
      const all = [...waiting];
      waiting.clear();
      for (const [timer, forgotten] of all) {
        clearTimeout(timer);
        forgotten();
      }
    },
  };
}
