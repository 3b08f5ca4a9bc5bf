// What followed from what the rules of a line found: runs of flows, and cases for people.
import type { EventView } from '../../../api/event-view.ts';
import type { ExceptionView } from '../../../api/exceptions.ts';
import type { RunView } from '../../../api/runs.ts';

/** An event of a rule, and what came of it. */
export interface Consequence {
  readonly event: EventView;
  readonly isCleared: boolean;
  readonly runs: readonly RunView[];
  readonly cases: readonly ExceptionView[];
}

interface Sources {
  /** Names of the line and of its machines. */
  readonly names: readonly string[];
  readonly detected: readonly EventView[];
  readonly cleared: readonly EventView[];
  readonly runs: readonly RunView[];
  readonly cases: readonly ExceptionView[];
}

/** Newest first, at most `max`. */
export function consequencesOf({ names, detected, cleared, runs, cases }: Sources, max: number): readonly Consequence[] {
  const isHere = ({ keys, source }: EventView): boolean => names.some((name) => keys['line'] === name || keys['asset'] === name || source.endsWith(`/${name}`));
  const all = [...detected.map((event) => ({ event, isCleared: false })), ...cleared.map((event) => ({ event, isCleared: true }))];
  return all
    .filter(({ event }) => isHere(event))
    .toSorted((a, b) => b.event.position - a.event.position)
    .slice(0, max)
    .map(({ event, isCleared }) => {
      const own = runs.filter(({ position }) => position === event.position);
      return { event, isCleared, runs: own, cases: cases.filter(({ run }) => own.some(({ id }) => id === run)) };
    });
}
