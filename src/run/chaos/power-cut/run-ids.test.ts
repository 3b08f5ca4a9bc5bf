import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { seededRandom } from '../../../kernel/seeded-random.ts';
import { openedEvents } from '../../../store/sqlite/key-index-for-test.ts';
import { runStart } from '../../../store/store-samples.ts';
import { disk, type Disk, type Survivors } from './disk.ts';
import { recordedCalls, recordedIn, whyNoRecorder, type DiskCall } from './recorder.ts';

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-run-ids-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** All that a process does to its disk that begins so many runs. */
async function recordOf(...args: readonly string[]): Promise<{ readonly calls: readonly DiskCall[]; readonly folder: string }> {
  const [record, folder] = [join(freshFolder(), 'record'), freshFolder()];
  const [tracer = '', ...options] = recordedIn(record);
  const program = fileURLToPath(new URL('./run-ids-for-test.ts', import.meta.url));
  const { status, stderr } = spawnSync(tracer, [...options, process.execPath, '--disable-warning=ExperimentalWarning', program, join(folder, 'hub.db'), ...args], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  return { calls: (await recordedCalls(record, folder)).done, folder };
}

/** Those that were acknowledged when the power went. */
function acknowledged(known: Disk, folder: string): readonly string[] {
  const text = known.seen().get(join(folder, 'acknowledged'))?.toString() ?? '';
  return text.split('\n').slice(0, -1);
}

function laidOut(known: Disk, survivors: Survivors, random: () => number): string {
  const folder = freshFolder();
  for (const [path, content] of known.afterCut(survivors, random)) {
    if (content !== undefined && !path.endsWith('-shm')) writeFileSync(join(folder, basename(path)), content);
  }
  return join(folder, 'hub.db');
}

/** Each is there once, under its id, and one that is new can begin; gives how many buckets there are. */
function expectKept(file: string, ids: readonly string[], next: string): number {
  mkdirSync(dirname(file), { recursive: true });
  const ours = openedEvents(file);
  const count = (table: string): number => Number(ours.database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows']);
  try {
    expect(ours.database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    if (ids.length > 0) expect(ours.commit(ids.map((id) => runStart(id)))).toEqual(ids.map(() => ({ taken: false })));
    // It may be there without having been acknowledged.
    ours.commit([runStart(next)]);
    expect(ours.commit([runStart(next), runStart('after the cut')])).toEqual([{ taken: false }, { taken: true }]);
    for (let turn = 0; ours.writer.ease(); turn += 1) expect(turn).toBeLessThan(10_000);
    ours.writer.settle();
    for (const id of [...ids, next, 'after the cut']) expect(ours.reader.run(id)?.id).toBe(id);
    expect(ours.database.prepare('SELECT id FROM run GROUP BY id HAVING count(*) > 1').all()).toEqual([]);
    return count('run_bucket');
  } finally {
    ours.leave();
  }
}

const plays = [
  { name: 'runs that fill buckets', args: ['80'], from: 0, every: 12 },
  { name: 'a database of a program before, whose runs are taken over', args: ['24', '50'], from: 50, every: 8 },
] as const;

test.skipIf(whyNoRecorder() !== undefined).for(plays.flatMap((play) => (['none', 'any'] as const).map((survivors) => ({ ...play, survivors }))))(
  '$name: wherever the power goes ($survivors of what was not synced survives), every acknowledged run is found by its id, once',
  { timeout: 240_000 },
  async ({ args, from, every, survivors }) => {
    const { calls, folder } = await recordOf(...args);
    const random = seededRandom(5);
    const known = disk();
    const buckets: number[] = [];
    let cuts = 0;
    for (const [index, call] of calls.entries()) {
      const ids = acknowledged(known, folder);
      // While the database of before is brought to the new layout, at every call.
      if (ids.length >= Math.max(1, from) && (ids.length === from || index % every === 0)) {
        buckets.push(expectKept(laidOut(known, survivors, random), ids, `new-${ids.length - from + 1}`));
        cuts += 1;
      }
      known.apply(call);
    }
    expect(cuts).toBeGreaterThan(30);
    expect(acknowledged(known, folder).length).toBe(from + Number(args[0]));
    expect(Math.max(...buckets)).toBeGreaterThanOrEqual(4);
  },
);
