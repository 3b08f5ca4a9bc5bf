import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { edgeHub } from '../edge-hub.ts';

const child = fileURLToPath(new URL('../edge-child.ts', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineshaft-edge-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

/** Runs the edge through its machine's story; says how it ended. */
async function live(store: string, hubUrl: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const started = spawn(process.execPath, ['--conditions=source', child, store, hubUrl], { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...environment } });
  return new Promise((resolve) => started.once('exit', (code, signal) => resolve(signal ?? String(code))));
}

const detected = 'production.variance.detected';
const cleared = 'production.variance.cleared';
/** Each named point once, at the first or the second episode. */
const points = [
  `edge.before-commit:${detected}@1`,
  `edge.after-commit:${detected}@2`,
  `edge.before-uplink:${detected}@1`,
  `edge.after-uplink-answer:${cleared}@2`,
  `edge.before-acknowledge:${detected}@1`,
  `edge.after-acknowledge:${cleared}@1`,
  `edge.before-commit:${cleared}@2`,
];

test.for(points)('killed with -9 at %s and started again, the edge brings each event once and in order', async (point) => {
  await using hub = await edgeHub();
  const store = join(folder, `${points.indexOf(point)}.db`);
  const proof = `${store}.proof`;
  expect(await live(store, hub.url, { LINESHAFT_KILL_AT: point, LINESHAFT_KILL_PROOF: proof })).toBe('SIGKILL');
  expect(await readFile(proof, 'utf8')).toBe(`${point.slice(0, -2)}\n`);
  expect(await live(store, hub.url)).toBe('0');
  expect(hub.log.map(({ type, time }) => [type, time])).toEqual([
    [`${detected}.v1`, '1970-01-01T00:00:02.900Z'],
    [`${cleared}.v1`, '1970-01-01T00:00:06.000Z'],
    [`${detected}.v1`, '1970-01-01T00:00:10.900Z'],
    [`${cleared}.v1`, '1970-01-01T00:00:14.000Z'],
  ]);
});
