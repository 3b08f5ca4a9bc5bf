import type { Clock } from '../../kernel/clock.ts';

/** How many requests were sent and are not answered, and the wait for their answers when a process is about to end. */
export interface UnderWay {
  begin(): void;
  end(): void;
  /** Resolves when none is under way, or after `graceMs` milliseconds. */
  quiet(graceMs: number): Promise<void>;
}

export function underWay(clock: Clock): UnderWay {
  let count = 0;
  let onQuiet: () => void = () => undefined;
  return {
    begin: () => void (count += 1),
    end() {
      count -= 1;
      if (count === 0) onQuiet();
    },
    quiet(graceMs) {
      if (count === 0 || graceMs === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const cancel = clock.after(graceMs, resolve);
        onQuiet = () => {
          cancel();
          resolve();
        };
      });
    },
  };
}
