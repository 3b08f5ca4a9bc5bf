import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KillPoint, KillResult } from '../../src/run/demo/kill-plays.ts';

/** One of each kind of place: log, route, before a send, after an answer, behind a buffered effect, an undo, and the edge's buffer. */
const sample: readonly KillPoint[] = [
  { play: 'main', process: 'hub', point: 'after-commit:event.production.variance.detected.v1' },
  { play: 'main', process: 'hub', point: 'before-send:expected-receipt.revise#1' },
  { play: 'main', process: 'hub', point: 'after-answer:maintenance.request#1' },
  { play: 'main', process: 'hub', point: 'after-commit:open.shipment-window.move#2' },
  { play: 'release-refused', process: 'hub', point: 'after-answer:undo:production-order.release#1' },
  { play: 'main', process: 'edge', point: 'edge.after-uplink-answer:production.variance.detected' },
];
/** Every named point: about six minutes on two free cores. */
const isWhole = process.env['LINESHAFT_KILL_PLAYS'] === 'all';
const wholeMs = 20 * 60_000;
const pointsMin = 50;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineshaft-kill-'));
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

function killed(lanes: number, points: readonly KillPoint[]): Promise<readonly KillResult[]> {
  const script = fileURLToPath(new URL('kill-plays.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=source', script, folder, String(lanes), JSON.stringify(points)], {
    stdio: ['ignore', 'pipe', isWhole ? 'inherit' : 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return new Promise((resolve, reject) => {
    child.once('close', (code) => (code === 0 ? resolve(JSON.parse(out)) : reject(new Error(`the kill plays ended with ${code}: ${err}`))));
  });
}

test.skipIf(isWhole)('hub and edge, killed at one of each kind of place, leave the same ledgers as if nothing had happened', { timeout: 300_000 }, async () => {
  const results = await killed(1, sample);
  expect(results.filter(({ ok }) => !ok)).toEqual([]);
  expect(results.map(({ point }) => point)).toEqual(sample.map(({ point }) => point));
});

test.runIf(isWhole)('hub and edge, killed at every named point, leave the same ledgers as if nothing had happened', { timeout: wholeMs }, async () => {
  const results = await killed(2, []);
  expect(results.filter(({ ok }) => !ok)).toEqual([]);
  expect(results.length).toBeGreaterThanOrEqual(pointsMin);
});
