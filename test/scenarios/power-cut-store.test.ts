// A store that writes without a pause, and the power goes: strace tells what was synced.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { seededRandom } from '../../src/kernel/seeded-random.ts';
import { cutPower } from '../../src/run/chaos/power-cut/power-cut.ts';
import { recordedIn, whyNoRecorder } from '../../src/run/chaos/power-cut/recorder.ts';
import { openSqliteEdgeStore } from '../../src/store/sqlite/sqlite-edge-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';

interface Side {
  readonly name: string;
  /** A process that writes to the store of the file that it is given, and prints each number that is acknowledged. */
  readonly writer: URL;
  readonly options: readonly string[];
  /** Of the numbers that were acknowledged, those that the store does not know. */
  lost(file: string, acknowledged: readonly number[]): Promise<readonly number[]>;
}

/** Some five commits, so that the files of the journal are turned over all the time. */
const journalBytes = 4_000;

const hub: Side = {
  name: 'the store of a hub',
  writer: new URL('../../src/store/sqlite/writer-for-test.ts', import.meta.url),
  options: ['1', String(journalBytes)],
  async lost(file, acknowledged) {
    const store = await openSqliteStore(file, { journalBytes });
    const lost: number[] = [];
    for (const number of acknowledged) if ((await store.steps(`r${number}`))[0]?.status !== 'done') lost.push(number);
    await store.close();
    return lost;
  },
};

const edge: Side = {
  name: 'the store of an edge',
  writer: new URL('../../src/store/sqlite/edge-writer-for-test.ts', import.meta.url),
  options: [],
  async lost(file, acknowledged) {
    const store = await openSqliteEdgeStore(file);
    const ids = new Set((await store.pending(1_000_000)).map(({ id }) => id));
    const judged = Number((await store.states()).get('rule') ?? 0);
    await store.close();
    return acknowledged.filter((number) => judged < number || (number % 3 !== 0 && !ids.has(`e${number}`)));
  },
};

const lacking = whyNoRecorder();
const skipped = lacking === undefined ? '' : ` (skipped: ${lacking})`;

test.skipIf(lacking !== undefined).for([hub, edge])(
  `what $name has acknowledged is there after a power cut, whatever survives of the rest${skipped}`,
  { timeout: 240_000 },
  async ({ writer, options, lost }) => {
    const root = mkdtempSync(join(tmpdir(), 'lineshaft-power-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    const folder = join(root, 'state');
    mkdirSync(folder);
    const record = join(root, 'record');
    const file = join(folder, 'store.db');
    const [program = '', ...before] = recordedIn(record);
    const child = spawn(program, [...before, process.execPath, '--disable-warning=ExperimentalWarning', fileURLToPath(writer), file, ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const acknowledged: number[] = [];
    for await (const line of createInterface(child.stdout)) {
      acknowledged.push(Number(line));
      if (acknowledged.length === 120) child.kill('SIGKILL');
    }
    await exited;
    expect(acknowledged.length).toBeGreaterThanOrEqual(120);

    for (const [survivors, seed] of [['none', 0], ...[1, 2, 3, 4, 5, 6].map((number) => ['any', number] as const)] as const) {
      rmSync(`${folder}-kept`, { recursive: true, force: true });
      cpSync(folder, `${folder}-kept`, { recursive: true });
      await cutPower({ folder, record, survivors, random: seededRandom(seed) });
      expect({ survivors, seed, lost: await lost(file, acknowledged) }).toEqual({ survivors, seed, lost: [] });
      rmSync(folder, { recursive: true });
      cpSync(`${folder}-kept`, folder, { recursive: true });
    }
  },
);
