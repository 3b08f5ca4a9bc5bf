// A rule whose code does not come back, or ends the process: a real edge process, and a hub's door that keeps what came.
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { edgeHub, type EdgeHub } from '../edge-hub.ts';
import { copyLandscape, runningCommand, type RunningCommand } from '../running-command.ts';
import { until } from '../until.ts';

let folder: string;
let hub: EdgeHub;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lineshaft-hang-edge-'));
  copyLandscape(join(import.meta.dirname, 'hang-edge-landscape'), folder);
  hub = await edgeHub();
});
afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

function edge(how: string): RunningCommand {
  const options = ['--landscape', 'landscape', '--env', join('landscape', 'environments', 'test.yaml'), '--data', 'state', '--hub', hub.url, '--key', 'k'];
  return runningCommand(['edge', ...options], { cwd: folder, env: { ...process.env, GLUE_RULE: how } });
}

const tanks = () => hub.log.map(({ data }) => data).map((data) => (typeof data === 'object' && data !== null && 'tank' in data ? data.tank : undefined));

test('a rule that loops is ended and set aside by itself: the edge stays up, the other rule tells its event', { timeout: 240_000 }, async () => {
  await using running = edge('loop');
  await until('the edge is ready', () => running.printed().includes('"ready":true'), 120_000);
  await hub.until(() => hub.log.length > 0);
  expect(tanks()).toEqual(['ink']);
  expect(running.printed()).toMatch(/The rule \\"glue-low\\" \([^)]*tanks\.rule\.ts:\d+\) did not come back within 0\.5 s; it is set aside/);
});

test('a rule by which the edge ends three times in a row is set aside; where the landscape has changed it is tried again', { timeout: 240_000 }, async () => {
  for (let life = 1; life <= 3; life += 1) {
    await using ending = edge('exit');
    expect(await ending.ended).toMatchObject({ code: 0, stdout: '' });
  }
  {
    await using running = edge('exit');
    await hub.until(() => hub.log.length > 0);
    expect(tanks()).toEqual(['ink']);
    expect(running.printed()).toMatch(
      /The rule \\"glue-low\\" \([^)]*\) was running when the edge's process ended, several times in a row; it is set aside until its landscape is mended/,
    );
  }
  appendFileSync(join(folder, 'landscape', 'tanks.rule.ts'), '// mended\n');
  await using mended = edge('as it should');
  await hub.until(() => tanks().includes('glue'));
  expect(mended.printed()).not.toContain('set aside');
});
