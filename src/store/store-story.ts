// Stories by chance for the tests of a store: whatever is committed, read and opened again, it answers like the one in memory.
import { seededRandom } from '../kernel/seeded-random.ts';
import { auditAdd, eventAppend, exceptionOpen, exceptionRecord, noticePut, runSet, runStart, stepAdd, stepSet } from './store-samples.ts';
import type { Change, StoreReads } from './store.ts';

/** What was said so far, and what decides how it goes on. */
export interface Story {
  /** A whole number below the one that is asked for. */
  readonly pick: (below: number) => number;
  readonly runs: string[];
  readonly steps: (readonly [run: string, id: string])[];
  readonly versions: Map<string, number>;
}

export function storyOf(seed: number): Story {
  const random = seededRandom(seed);
  return { pick: (below) => Math.floor(random() * below), runs: [], steps: [], versions: new Map() };
}

/** One to eight changes that are allowed in what was said so far, repeats and stale versions among them. */
export function someChanges({ pick, runs, steps, versions }: Story): Change[] {
  const changes: Change[] = [];
  for (let left = 1 + pick(8); left > 0; left -= 1) {
    const run = runs[pick(runs.length)];
    const step = steps[pick(steps.length)];
    const kind = pick(14);
    if (kind === 0) changes.push(eventAppend(`e${pick(200)}`, { keys: { order: `PO-${pick(9)}`, line: `l${pick(3)}` } }));
    else if (kind <= 2 || run === undefined) {
      const id = `r${pick(120)}`;
      changes.push(runStart(id, { key: `PO-${pick(9)}` }));
      if (!runs.includes(id)) runs.push(id);
    } else if (kind <= 5) {
      const id = `s${pick(6)}`;
      const kind = (['effect', 'effect', 'effect', 'wait', 'decide'] as const)[pick(5)] ?? 'wait';
      const isEffect = kind === 'effect';
      changes.push(stepAdd(run, id, { kind, entity: isEffect ? `PO-${pick(5)}` : undefined, system: isEffect ? 'erp' : undefined }));
      if (!steps.some(([ofRun, name]) => ofRun === run && name === id)) steps.push([run, id]);
    } else if (kind <= 8 && step)
      changes.push(stepSet(step[0], step[1], (['sent', 'unknown', 'done'] as const)[pick(3)] ?? 'done', { attempts: pick(5), output: `{"n":${pick(99)}}` }));
    else if (kind === 9) changes.push(runSet(run, (['done', 'parked', 'active'] as const)[pick(3)] ?? 'done', { endedMs: pick(2) ? 5 : undefined }));
    else if (kind === 10) {
      const id = `x${pick(8)}`;
      const version = versions.get(id);
      if (version === undefined) changes.push(exceptionOpen(id));
      else changes.push({ change: 'exception.set', record: exceptionRecord(id, { version: version + pick(3), keys: { order: `PO-${pick(9)}` }, status: 'acknowledged' }) });
      versions.set(id, (version ?? 0) + 1);
    } else if (kind >= 12) {
      // A whole run, as most are by the time that they are moved to the tables.
      const id = `w${runs.length}`;
      changes.push(runStart(id, { key: `PO-${pick(9)}` }));
      for (let number = pick(4); number >= 0; number -= 1) {
        const isEffect = pick(4) > 0;
        const ended = (['done', 'refused', 'cancelled'] as const)[pick(3)] ?? 'done';
        changes.push(
          stepAdd(id, `s${number}`, {
            kind: isEffect ? 'effect' : 'decide',
            entity: isEffect && pick(3) ? `PO-${pick(5)}` : undefined,
            status: pick(9) ? ended : 'open',
            issue: pick(5),
          }),
        );
        steps.push([id, `s${number}`]);
      }
      changes.push(runSet(id, 'done', { endedMs: 5 }));
      runs.push(id);
    } else {
      changes.push({ change: 'run.key', run, keys: { shipment: `SH-${pick(4)}` } }, { change: 'cursor.set', name: `c${pick(2)}`, position: pick(1_000) });
      changes.push(auditAdd(`x${pick(3)}`), noticePut(`n${pick(5)}`, { attempts: pick(4) }));
    }
  }
  return changes;
}

/** All that a store tells. */
export async function everything(store: StoreReads, runs: readonly string[]): Promise<unknown> {
  const limit = 1_000;
  return {
    events: await store.eventsAfter(0, limit),
    runs: await store.runs({ limit }),
    live: await store.liveRuns(),
    inUse: (await store.releasesInUse()).toSorted(),
    some: await store.eventsAt([3, 1, 2, 10_000]),
    steps: await Promise.all(runs.map((run) => store.steps(run))),
    together: await store.stepsOf(runs),
    marks: await store.stepMarks(runs),
    open: await store.openEffects(),
    newest: await Promise.all([1, 3, 10, limit].flatMap((most) => [store.effects(most), store.decisions(most)])),
    exceptions: await store.exceptions({ limit }),
    notices: await store.openNotices(),
    audit: await store.audit({ limit }),
    cursors: await Promise.all(['c0', 'c1'].map((name) => store.cursor(name))),
    trails: await Promise.all(['PO-1', 'PO-5', 'SH-2', 'l0'].map((key) => store.byKey(key, limit))),
    counts: await store.counts(),
  };
}
