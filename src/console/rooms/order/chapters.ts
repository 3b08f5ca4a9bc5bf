// A long story in chapters: each begins with what made a flow run.
import type { Entry } from './timeline-entries.ts';

export interface Chapter {
  /** The same however often the story is read. */
  readonly id: string;
  readonly startMs: number;
  readonly title: string;
  /** How it ended; empty while it goes on. */
  readonly result: string;
  readonly entries: readonly Entry[];
}

/** The lines in chapters, oldest first; together they are all lines, in their order. Pure. */
export function chaptersOf(past: readonly Entry[]): readonly Chapter[] {
  const starts = past.flatMap((entry, index) => (isBegin(entry) ? [past[index - 1]?.kind === 'event' ? index - 1 : index] : []));
  // What was told before the first flow ran belongs to its chapter.
  const bounds = [0, ...starts.slice(1)];
  return bounds.flatMap((from, index) => {
    const entries = past.slice(from, bounds[index + 1]);
    const [first] = entries;
    if (!first) return [];
    const begin = entries.find(isBegin);
    const end = entries.findLast((entry) => entry.kind === 'run' && !isBegin(entry));
    return [{ id: first.id, startMs: first.atMs, title: begin?.title.replace(/^Flow begins: /, '') ?? first.title, result: end?.result ?? '', entries }];
  });
}

function isBegin({ kind, moments }: Entry): boolean {
  return kind === 'run' && moments[0]?.durationMs === undefined;
}
