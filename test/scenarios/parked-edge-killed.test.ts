import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startEdge } from '../../src/run/edge.ts';
import { readEdgeGaps } from '../../src/store/sqlite/edge-gaps.ts';
import { openSqliteEdgeStore } from '../../src/store/sqlite/sqlite-edge-store.ts';
import { edgeHub } from '../edge-hub.ts';
import { floorSource, signals, throughput, tooHot } from '../edge-landscape.ts';
import { until } from '../until.ts';

const child = fileURLToPath(new URL('../parked-edge-child.ts', import.meta.url));

test('what an edge with a full buffer did not judge is a gap after kill -9, each address one, up to its new start', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lineshaft-edge-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'edge.db');
  const killed = spawn(process.execPath, ['--conditions=source', child, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void killed.kill('SIGKILL'));
  const ended = once(killed, 'exit');
  // The newest value was refused in the turn before: nothing had time to be written later.
  await once(killed.stdout, 'data');
  killed.kill('SIGKILL');
  await ended;

  const startedMs = Date.now();
  await using hub = await edgeHub();
  const edge = await startEdge({
    landscape: { signals, rules: [tooHot], sources: [floorSource], limits: {}, optionsOf: () => ({}) },
    openStore: async () => openSqliteEdgeStore(file),
    edgeName: 'edge-1',
    hubUrls: [hub.url],
    key: 'k',
    log: () => undefined,
    disk: { eventsMax: 4, bytesMax: 1_000_000 },
  });
  onTestFinished(edge.close);
  const find = () => readEdgeGaps(file, { addresses: [throughput.address], limit: 10 });
  const { found, newest } = await until('the gap', () => find().found > 0 && find());
  expect([found, newest]).toEqual([
    1,
    [expect.objectContaining({ source: 'floor', afterMs: 500_000, reason: expect.stringContaining('not judged: the buffer of the edge was full from') })],
  ]);
  expect(newest[0]?.beforeMs).toBeGreaterThanOrEqual(startedMs);
  const notices = (await edge.status()).notices?.filter(({ kind }) => kind === 'buffer-full');
  expect(notices).toMatchObject([{ untilMs: expect.any(Number), text: expect.stringContaining('were not judged from') }]);
});
