import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { repository } from '../../scripts/package-binary.ts';
import { encodeBlock } from '../../src/engine/telemetry/telemetry-block.ts';
import { rowsOf } from '../../src/engine/telemetry/telemetry-rows.ts';
import { startEdge, type Edge } from '../../src/run/edge.ts';
import { recordingFiles } from '../../src/run/recordings/recording-files.ts';
import { openTelemetryShelf } from '../../src/run/telemetry-shelf.ts';
import { openSqliteEdgeStore } from '../../src/store/sqlite/sqlite-edge-store.ts';
import { cutProxy } from '../cut-proxy.ts';
import { keys, testHub } from '../hub-for-test.ts';
import { runningCommand } from '../running-command.ts';
import { until } from '../until.ts';

const startMs = Date.parse('2026-11-02T14:00:00Z');

function folderFor(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-fetched-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A packer that stands for 400 of every 1,000 seconds, and a value beside it that does not pack: some 500 kB. */
async function record(dir: string): Promise<void> {
  const shelf = await openTelemetryShelf(dir, 16 * 60_000);
  const rowAt = (second: number) => ({ atMs: startMs + second * 1_000, receivedMs: startMs + second * 1_000, quality: 'good' as const, historical: false });
  for (let from = 0; from < 60_000; from += 3_000) {
    const rows = Array.from({ length: 3_000 }, (_, index) => from + index).flatMap((second) => [
      { ...rowAt(second), signal: 'packer-3.state', value: second % 1_000 < 600 ? '6' : '11' },
      { ...rowAt(second), signal: 'packer-3.speed', value: Math.sin(second * 1e3) * 1e6 },
    ]);
    await shelf.append(encodeBlock({ rows: rowsOf(rows), marks: [], tickedMs: 0 }));
  }
  await shelf.close();
}

async function edgeAt(folder: string, hubUrl: string, isRecording = true): Promise<Edge> {
  return startEdge({
    landscape: { signals: [], rules: [], sources: [], limits: {}, optionsOf: () => ({}) },
    openStore: async () => openSqliteEdgeStore(join(folder, 'edge.db')),
    edgeName: 'kiel-1',
    hubUrls: [hubUrl],
    key: keys.edge,
    log: () => undefined,
    trendIntervalMs: 50,
    ...(isRecording && { telemetryFolder: join(folder, 'kiel-1', 'telemetry') }),
  });
}

async function hubFor(folder: string) {
  const hub = await testHub({ recordings: await recordingFiles(join(folder, 'recordings')) });
  onTestFinished(async () => hub.close());
  return hub;
}

async function follow(folder: string, ...args: readonly string[]) {
  await using command = runningCommand(['machines', 'backtest', 'packer.states', '--json', ...args, '--landscape', join(repository, 'examples', 'opc-ua-packer')], { cwd: folder });
  return await command.ended;
}

const span = ['--from', '2026-11-02T17:00:00Z', '--to', '2026-11-03T03:00:00Z'];

test('a backtest of an edge elsewhere gets its recording over the link that the edge opened, over cuts and a restart of the edge, and gives what it gives there', async () => {
  const folder = folderFor();
  await record(join(folder, 'kiel-1', 'telemetry'));
  const hub = await hubFor(folder);
  await using link = await cutProxy(hub.url, 90_000, 4);
  let edge = await edgeAt(folder, link.url);
  onTestFinished(async () => edge.close());
  await until('the hub hears the edge', async () => (await hub.ask('/api/edges')).json.length === 1);
  const here = follow(folder, '--hub', hub.url, '--key', keys.operator, '--edge', 'kiel-1', ...span);
  await until('some of it is at the hub', async () => (await hub.ask('/api/recordings')).json.some(({ bytes }: { bytes: number }) => bytes > 150_000));
  await edge.close();
  edge = await edgeAt(folder, link.url);
  const [told, there] = await Promise.all([here, follow(folder, '--data', folder, ...span)]);
  expect(told.stderr).toMatch(/The hub asks kiel-1 for its recording\.\n(.*\n)*[\d,]+ bytes of kiel-1 are here\.\n$/);
  expect([told.code, there.code]).toEqual([0, 0]);
  expect(told.stderr).not.toContain('closing mark');
  // Each connection is cut after so many bytes; how many of them there are is the client's.
  expect(link.cuts()).toBeGreaterThan(0);
  const changes = JSON.parse(told.stdout).changes;
  expect(changes.length).toBeGreaterThan(70);
  expect(changes).toEqual(JSON.parse(there.stdout).changes);
  const [fetched] = (await hub.ask('/api/recordings')).json;
  expect(fetched).toMatchObject({ edge: 'kiel-1', status: 'here', by: 'operator', from: '2026-11-02T17:00:00.000Z' });
  expect((await hub.ask('/api/audit')).text).toContain('"edge.recording"');
}, 120_000);

test('what is not to be had is told in words: no such time, no recording, no such edge, and no right', async () => {
  const folder = folderFor();
  await record(join(folder, 'kiel-1', 'telemetry'));
  const hub = await hubFor(folder);
  const access = ['--hub', hub.url, '--key', keys.operator, '--edge'];
  const strange = await follow(folder, ...access, 'kiel-2');
  expect([strange.code, strange.stderr]).toEqual([4, expect.stringContaining('No edge "kiel-2" was heard since the hub began. It hears none.')]);
  const first = await edgeAt(folder, hub.url);
  await until('the hub hears the edge', async () => (await hub.ask('/api/edges')).json.length === 1);
  const late = await follow(folder, ...access, 'kiel-1', '--from', '2026-12-01T00:00:00Z');
  expect([late.code, late.stderr]).toEqual([
    2,
    expect.stringMatching(/nothing is recorded from 2026-12-01T00:00:00\.000Z on\. It goes from .* to 2026-11-03T06:39:59\.000Z: choose a time in that/),
  ]);
  await first.close();
  const second = await edgeAt(folder, hub.url, false);
  onTestFinished(async () => second.close());
  const none = await follow(folder, ...access, 'kiel-1');
  expect([none.code, none.stderr]).toEqual([4, expect.stringContaining('This edge records nothing.')]);
  expect((await hub.ask('/api/edges/kiel-1/recordings', { as: 'viewer', body: {} })).status).toBe(403);
  expect(
    (
      await hub.ask('/api/edges/kiel-1/recordings/x/parts?at=0&file=f&atByte=1&blocks=0&values=0&crc32=0&isLast=0', {
        as: 'operator',
        body: new Uint8Array(1),
        headers: { 'content-type': 'application/octet-stream' },
      })
    ).status,
  ).toBe(403);
}, 120_000);
