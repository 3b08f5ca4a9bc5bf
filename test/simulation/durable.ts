import type { Change, ChangeResult, StepStatus } from '../../src/store/store.ts';

/** What is durable in the hub's store, as it came to be: what the simulation holds against what others saw. */
export interface Durable {
  /** Of effects, by run and step: what was on record first and last. */
  readonly effects: ReadonlyMap<string, { readonly order: number; readonly status: StepStatus }>;
  /** When an event was committed, by source and id; world time. */
  readonly events: ReadonlyMap<string, number>;
  /** The commits that tell of a late run, or end it for that, by run. */
  readonly late: ReadonlyMap<string, readonly LateCommit[]>;
  note(changes: readonly Change[], results: readonly ChangeResult[], atMs: number): void;
}

/** What one commit says of a run whose time is over. */
export interface LateCommit {
  /** World time. */
  readonly atMs: number;
  /** Its owner's case is opened. */
  readonly isTold: boolean;
  /** The audit says that the hub cancelled it. */
  readonly isAudited: boolean;
  /** From here on it is undone. */
  readonly isCancelled: boolean;
  /** It is over. */
  readonly isEnded: boolean;
}

function lateCommits(changes: readonly Change[], atMs: number): ReadonlyMap<string, LateCommit> {
  const opened = changes.flatMap((change) => (change.change === 'exception.open' && change.type === 'run-late' && change.run !== undefined ? [change.run] : []));
  const audited = changes.flatMap((change) => (change.change === 'audit.add' && change.action === 'run.cancel' && change.actor === 'lineshaft' ? [change.subject] : []));
  const cancelled = changes.flatMap((change) => (change.change === 'step.add' && change.id === 'cancel:run' && byItself(change.input) ? [change.run] : []));
  const ended = changes.flatMap((change) => (change.change === 'run.set' && change.status === 'compensated' ? [change.id] : []));
  const of = (run: string): LateCommit => ({
    atMs,
    isTold: opened.includes(run),
    isAudited: audited.includes(run),
    isCancelled: cancelled.includes(run),
    isEnded: ended.includes(run),
  });
  return new Map([...opened, ...audited, ...cancelled].map((run) => [run, of(run)]));
}

function byItself(input: string): boolean {
  return (JSON.parse(input) as { readonly by: string }).by === 'lineshaft'; // written by the engine
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
  const late = new Map<string, readonly LateCommit[]>();
  return {
    effects,
    events,
    late,
    note(changes, results, atMs) {
      for (const [run, commit] of lateCommits(changes, atMs)) late.set(run, [...(late.get(run) ?? []), commit]);
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
