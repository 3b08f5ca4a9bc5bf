import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { openSqliteEdgeStore } from '../../store/sqlite/sqlite-edge-store.ts';
import { cliFile } from '../preparation.ts';

const run = promisify(execFile);

test('what an edge knows to be missing is listed beside the edge that holds its store, by signal and time', { timeout: 240_000 }, async () => {
  const data = mkdtempSync(join(tmpdir(), 'gaps-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  const store = await openSqliteEdgeStore(join(data, 'edge-1', 'edge.db'));
  onTestFinished(async () => store.close());
  const at = Date.parse('2026-11-02T06:00:00Z');
  const address = 'acme/bremen/packaging/line-1/packer-3/telemetry#/rate';
  await store.addGaps([
    { source: 'plant-mqtt', address, afterMs: at, beforeMs: at + 90_000, reason: 'its history begins later', atMs: at + 100_000 },
    { source: 'plant-mqtt', address, afterMs: at + 7_200_000, beforeMs: at + 7_300_000, reason: 'nobody looked it up', atMs: at + 7_300_000 },
    { source: 'plant-mqtt', address: 'else', afterMs: at + 3_600_000, beforeMs: at + 3_700_000, reason: 'the line was cut', atMs: at + 3_700_000 },
  ]);
  await store.hear({ heard: [{ source: 'plant-mqtt', address, firstMs: at }] });
  await store.hear({ missing: [{ source: 'plant-mqtt', address, sinceMs: at + 10_800_000, reason: 'the edge was away' }] });
  const asked = async (...more: readonly string[]): Promise<string> =>
    (await run(process.execPath, ['--conditions=source', cliFile, 'edge', 'gaps', '--landscape', 'examples/packaging-plant', '--data', data, ...more])).stdout;
  const [all, one] = await Promise.all([asked(), asked('--signal', 'packer-3.rate', '--to', '2026-11-02T06:30:00Z', '--json')]);
  expect(all).toContain('3 gaps');
  expect(all.indexOf('the line was cut')).toBeLessThan(all.indexOf('its history begins later'));
  expect(all).toMatch(/^2026-11-02T09:00:00.000Z … not ended {2}packer-3.rate/);
  expect(all).toContain('1 address lacks values, or may');
  expect(JSON.parse(one)).toEqual({
    openFound: 0,
    open: [],
    found: 1,
    gaps: [
      {
        source: 'plant-mqtt',
        address,
        signals: ['packer-3.rate'],
        from: '2026-11-02T06:00:00.000Z',
        to: '2026-11-02T06:01:30.000Z',
        reason: 'its history begins later',
        known: '2026-11-02T06:01:40.000Z',
      },
    ],
  });
});

test('where no gap is known, no more is said than that; and a time that is none is told with its option', { timeout: 60_000 }, async () => {
  const data = mkdtempSync(join(tmpdir(), 'gaps-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  await (await openSqliteEdgeStore(join(data, 'edge-1', 'edge.db'))).close();
  const asked = (...more: readonly string[]) =>
    run(process.execPath, ['--conditions=source', cliFile, 'edge', 'gaps', '--landscape', 'examples/packaging-plant', '--data', data, ...more]);
  const [{ stdout }, refused] = await Promise.all([asked(), asked('--from', 'gestern').catch((error: unknown) => Object(error))]);
  expect(stdout).toMatch(/^No gap is known\. What a source that is not connected now has to tell is known when it is back/);
  expect(refused.stderr).toContain('--from is "gestern", which is no time');
});
