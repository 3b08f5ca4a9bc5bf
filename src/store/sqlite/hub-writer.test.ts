import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { seededRandom } from '../../kernel/seeded-random.ts';
import { memoryStore } from '../memory/memory-store.ts';
import { hubMigrations } from '../migrations/hub.ts';
import { auditAdd, eventAppend, exceptionOpen, exceptionRecord, noticePut, runSet, runStart, stepAdd, stepSet } from '../store-samples.ts';
import type { Change, Store } from '../store.ts';
import { changeResult, changeRow } from './change-row.ts';
import { openDatabase } from './database.ts';
import { hubReader } from './hub-reader.ts';
import { hubWriter, type JournalLimits } from './hub-writer.ts';
import { diskReserve } from './reserve.ts';

/** Whole numbers below the one that is asked for. */
function seeded(seed: number): (below: number) => number {
  const random = seededRandom(seed);
  return (below) => Math.floor(random() * below);
}

/** Moves something to the tables every few commits. */
const narrow: JournalLimits = { kept: { changes: 12, bytes: 1e6 }, sliceChanges: 10, moved: { changes: 60, bytes: 1e6 }, refused: { changes: 400, bytes: 1e6 } };

function opened(file: string) {
  const { database, close } = openDatabase({ file, migrations: hubMigrations, cacheKiB: 1_000 });
  const writer = hubWriter({ file, database, reserve: diskReserve(file), limits: narrow, fileBytes: 4_000 });
  return {
    writer,
    reader: hubReader(database),
    close() {
      writer.close();
      close();
    },
  };
}

/** One to eight changes that are allowed in what was said so far, repeats and stale versions among them. */
function someChanges(pick: (below: number) => number, runs: string[], steps: (readonly [string, string])[], versions: Map<string, number>): Change[] {
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

async function everything(store: Pick<Store, keyof ReturnType<typeof hubReader>>, runs: readonly string[]): Promise<unknown> {
  const limit = 1_000;
  return {
    events: await store.eventsAfter(0, limit),
    runs: await store.runs({ limit }),
    live: await store.liveRuns(),
    steps: await Promise.all(runs.map((run) => store.steps(run))),
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

/** The reads of a thread's store, as promises. */
function asynchronous(reader: ReturnType<typeof hubReader>): Parameters<typeof everything>[0] {
  const call =
    <Args extends readonly unknown[], Value>(read: (...args: Args) => Value) =>
    async (...args: Args): Promise<Value> =>
      read(...args);
  const { eventsAfter, runs, liveRuns, steps, stepMarks, effects, decisions, openEffects, exceptions, openNotices, audit, cursor, byKey, counts } = reader;
  const asked = { eventsAfter, runs, liveRuns, steps, stepMarks, effects, decisions, openEffects, exceptions, openNotices, audit, cursor, byKey, counts };
  // Each is wrapped alike; only the list of their types is forgotten on the way.
  return Object.fromEntries(Object.entries(asked).map(([name, read]) => [name, call(read as never)])) as never;
}

test.for([1, 2, 3, 4, 5, 6, 7, 8])('whatever is committed, moved, read and opened again, in any order, the store answers like the one in memory (seed %d)', async (seed) => {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-writer-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'hub.db');
  const pick = seeded(seed);
  const memory = memoryStore();
  const runs: string[] = [];
  const steps: (readonly [string, string])[] = [];
  const versions = new Map<string, number>();
  let ours = opened(file);
  for (let round = 0; round < 250; round += 1) {
    const changes = someChanges(pick, runs, steps, versions);
    const numbers = ours.writer.commit(JSON.stringify(changes.map(changeRow)));
    expect(changes.map((change, index) => changeResult(change, numbers, index))).toEqual(await memory.commit(changes));
    if (pick(3) === 0) ours.writer.ease();
    if (pick(40) === 0) {
      ours.close();
      ours = opened(file);
    }
    if (pick(50) === 0) {
      ours.writer.settle();
      expect(await everything(asynchronous(ours.reader), runs)).toEqual(await everything(memory, runs));
    }
  }
  ours.close();
  ours = opened(file);
  ours.writer.settle();
  expect(await everything(asynchronous(ours.reader), runs)).toEqual(await everything(memory, runs));
  ours.close();
});

test('a move that the disk refuses half-way is made again, whole, when there is room', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-writer-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'hub.db');
  const { database, close } = openDatabase({ file, migrations: hubMigrations, cacheKiB: 1_000 });
  // Sure of any room: only the move itself meets the limit.
  const writer = hubWriter({ file, database, reserve: { hold: (bytes) => bytes, release: () => undefined }, limits: { ...narrow, moved: { changes: 1e6, bytes: 1e9 } } });
  const memory = memoryStore();
  const commit = async (...changes: readonly Change[]): Promise<void> => {
    const numbers = writer.commit(JSON.stringify(changes.map(changeRow)));
    expect(changes.map((change, index) => changeResult(change, numbers, index))).toEqual(await memory.commit(changes));
  };
  let number = 0;
  const more = () =>
    commit(eventAppend(`e${++number}`), runStart(`r${number}`), stepAdd(`r${number}`, 's1', { input: JSON.stringify('x'.repeat(500)) }), stepSet(`r${number}`, 's1', 'done'));
  for (let round = 0; round < 30; round += 1) await more();
  while (writer.ease());
  const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
  database.exec(`PRAGMA max_page_count = ${pages + 2}`);
  let refused = 0;
  for (let round = 0; round < 40; round += 1) {
    await more();
    try {
      writer.ease();
    } catch (error) {
      expect(String(error)).toContain('full');
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(0);
  database.exec('PRAGMA max_page_count = 100000');
  writer.settle();
  const runs = Array.from({ length: number }, (_, index) => `r${index + 1}`);
  expect(await everything(asynchronous(hubReader(database)), runs)).toEqual(await everything(memory, runs));
  writer.close();
  close();
});

test('names that differ in what no UTF-8 can say are one name, as in the tables', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-writer-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const ours = opened(join(folder, 'hub.db'));
  const commit = (...changes: readonly Change[]) => {
    const numbers = ours.writer.commit(JSON.stringify(changes.map(changeRow)));
    return changes.map((change, index) => changeResult(change, numbers, index));
  };
  expect(commit(eventAppend('e\ud800'), eventAppend('e\ud801'))).toEqual([
    { position: 1, duplicate: false },
    { position: 1, duplicate: true },
  ]);
  ours.writer.settle();
  expect(ours.reader.eventsAfter(0, 10).map(({ id }) => id)).toEqual(['e\ufffd']);
  ours.close();
});
