import type { Change, ChangeResult, StepStatus } from '../../src/store/store.ts';

/** What is durable in the hub's store, as it came to be: what the simulation holds against what others saw. */
export interface Durable {
  /** Of effects, by run and step: what was on record first and last. */
  readonly effects: ReadonlyMap<string, { readonly order: number; readonly status: StepStatus }>;
  /** When an event was committed, by source and id; world time. */
  readonly events: ReadonlyMap<string, number>;
  note(changes: readonly Change[], results: readonly ChangeResult[], atMs: number): void;
}

/** The effect that a reference stands for: a number behind it says how often people have begun it anew. */
export function effectOf(reference: string): string {
  return reference.replace(/~\d+$/, '');
}

export function eventKey(source: string, id: string): string {
  return `${source} ${id}`;
}

export function durable(): Durable {
  const effects = new Map<string, { readonly order: number; readonly status: StepStatus }>();
  const events = new Map<string, number>();
  return {
    effects,
    events,
    note(changes, results, atMs) {
      for (const [at, change] of changes.entries()) {
        const result = results[at];
        if (change.change === 'event.append') {
          const key = eventKey(change.source, change.id);
          if (!events.has(key)) events.set(key, atMs);
        } else if (change.change === 'step.add' && change.kind === 'effect') effects.set(`${change.run}/${change.id}`, { order: result?.order ?? 0, status: change.status });
        else if (change.change === 'step.set') {
          const known = effects.get(`${change.run}/${change.id}`);
          if (known) effects.set(`${change.run}/${change.id}`, { ...known, status: change.status });
        }
      }
    },
  };
}
