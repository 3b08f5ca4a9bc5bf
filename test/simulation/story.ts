import { createHash } from 'node:crypto';

/** What happened in a play, in order: for people where it is kept, and as one hash to compare plays by. */
export interface Story {
  tell(who: string, what: string): void;
  /** SHA-256 over all that was told. */
  hash(): string;
  readonly lines: readonly string[];
}

/** `startMs`: the moment that the times of the story count from. */
export function story(now: () => number, startMs: number, isKept: boolean): Story {
  const hash = createHash('sha256');
  const lines: string[] = [];
  return {
    tell(who, what) {
      const line = `${((now() - startMs) / 1000).toFixed(3).padStart(9)} ${who.padEnd(9)} ${what}\n`;
      hash.update(line);
      if (isKept) lines.push(line.trimEnd());
    },
    hash: () => hash.copy().digest('hex'),
    lines,
  };
}
