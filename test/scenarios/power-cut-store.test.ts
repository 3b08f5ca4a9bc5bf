// A store that writes without a pause, its journal's files turned over all the time, and the power goes: strace tells what was synced.
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
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';

const lacking = whyNoRecorder();
const writer = fileURLToPath(new URL('../../src/store/sqlite/writer-for-test.ts', import.meta.url));
/** Some five commits. */
const journalBytes = 4_000;

test.skipIf(lacking !== undefined)(
  `what a store has acknowledged is there after a power cut, whatever survives of the rest${lacking === undefined ? '' : ` (skipped: ${lacking})`}`,
  async () => {
    const root = mkdtempSync(join(tmpdir(), 'lineshaft-power-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    const folder = join(root, 'state');
    mkdirSync(folder);
    const record = join(root, 'record');
    const [program = '', ...before] = recordedIn(record);
    const child = spawn(program, [...before, process.execPath, '--disable-warning=ExperimentalWarning', writer, join(folder, 'hub.db'), '1', String(journalBytes)], {
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
      const store = await openSqliteStore(join(folder, 'hub.db'), { journalBytes });
      const lost: number[] = [];
      for (const number of acknowledged) if ((await store.steps(`r${number}`))[0]?.status !== 'done') lost.push(number);
      expect({ survivors, seed, lost }).toEqual({ survivors, seed, lost: [] });
      await store.close();
      rmSync(folder, { recursive: true });
      cpSync(`${folder}-kept`, folder, { recursive: true });
    }
  },
  120_000,
);
