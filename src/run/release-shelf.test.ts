import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadLandscape } from '../engine/releases/load.ts';
import { memoryStore } from '../store/memory/memory-store.ts';
import { eventAppend, runStart, runSet } from '../store/store-samples.ts';
import { earlierReleases } from './release-shelf.ts';

const stock = join(import.meta.dirname, '..', '..', 'test', 'scenarios', 'stock-landscape');

test('of more earlier releases than may be loaded the rest is told; those that no run needs are dropped but for the newest', { timeout: 240_000 }, async () => {
  const root = mkdtempSync(join(tmpdir(), 'lineshaft-shelf-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, 'landscape');
  cpSync(stock, folder, { recursive: true });
  const store = memoryStore();
  const said: string[] = [];
  const shelf = async (nth: number) => {
    writeFileSync(join(folder, 'release.json'), JSON.stringify({ nth }));
    const landscape = await loadLandscape(folder);
    const earlier = await earlierReleases({ store, folder, landscape, dir: join(root, 'releases'), nowMs: nth, log: (message) => void said.push(message) });
    return { landscape, earlier };
  };

  const releases: string[] = [];
  for (let nth = 1; nth <= 10; nth += 1) {
    const { landscape } = await shelf(nth);
    releases.push(landscape.release);
    await store.commit([eventAppend(`e${nth}`), runStart(`r${nth}`, { position: nth, release: landscape.release })]);
  }
  said.length = 0;
  const { earlier } = await shelf(11);
  expect(earlier.length).toBe(8);
  expect(said.filter((line) => line.startsWith('runs are on more than 8 earlier releases')).length).toBe(2);
  expect(releases).toEqual(expect.arrayContaining(earlier.map(({ release }) => release)));

  await store.commit(releases.map((_, index) => runSet(`r${index + 1}`, 'done', { endedMs: 1 })));
  for (let nth = 12; nth <= 14; nth += 1) expect((await shelf(nth)).earlier).toEqual([]);
  const kept = new Set((await store.releases()).map(({ release }) => release));
  // Ten for a way back, and the hub's own.
  expect(kept.size).toBe(11);
  expect(releases.filter((release) => kept.has(release))).toEqual(releases.slice(3));
});
