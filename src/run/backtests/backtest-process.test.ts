import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AnsweringLog, BacktestOrder, BacktestOutcome, MachineOutcome } from '../../engine/backtest/backtest-order.ts';
import { loadLandscape } from '../../engine/releases/load.ts';
import { openRecorder } from '../../engine/telemetry/recorder.ts';
import { Fault } from '../../kernel/errors.ts';
import { realClock } from '../real-clock.ts';
import { recordedBytes } from '../recording-file.ts';
import { fetchedFile } from '../recordings/recording-files.ts';
import { openTelemetryShelf } from '../telemetry-shelf.ts';
import { backtestProcess } from './backtest-process.ts';

const landscape = 'examples/packaging-plant';
const atMs = Date.parse('2026-11-02T06:00:00Z');
const asked: string[] = [];
const log: AnsweringLog = {
  async runs() {
    asked.push('runs');
    return [];
  },
  run: async () => undefined,
  steps: async () => [],
};
const order: BacktestOrder = {
  kind: 'rule',
  name: 'packaging.throughput-drop',
  edge: 'edge-1',
  fromMs: undefined,
  toMs: undefined,
  limits: { 'throughput.window': '4s', 'throughput.sustained': '3s', 'throughput.recovered-for': '2s' },
  labels: undefined,
  samplesMax: 1_000_000,
};
let data: string;

function ofRule(outcome: BacktestOutcome | MachineOutcome): BacktestOutcome {
  if ('episodes' in outcome) return outcome;
  throw new Error('a machine was followed');
}

/** Ten minutes: the packer is at 85 % of its target for two of them. */
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'backtest-'));
  const shelf = await openTelemetryShelf(join(data, 'edge-1', 'telemetry'), 10_000_000);
  const recorder = openRecorder({ shelf, clock: realClock, log: () => undefined });
  const signals = (await loadLandscape(landscape)).of('signal');
  const context = {
    'packer-3.order': 'PO-4711',
    'packer-3.item': 'COFFEE-500G',
    'packer-3.target': 100,
    'packer-3.remaining': 20_000,
    'packer-3.slot-end': '2026-11-02T18:30:00Z',
    'packer-3.slot-start': '2026-11-02T12:00:00Z',
    'packer-3.produced': 11_200,
    'packer-3.defective': 90,
    'packer-3.execute-time': 7_000_000,
    'packer-3.state': 'Execute',
  };
  recorder.states('start', { states: {}, known: Object.fromEntries(Object.entries(context).map(([name, value]) => [name, { value, atMs }])) });
  const rows = Array.from({ length: 600 }, (_, second) => {
    const sampleMs = atMs + second * 1_000;
    const values = { ...context, 'packer-3.rate': second >= 200 && second < 320 ? 85 : 100 };
    return Object.entries(values).flatMap(([name, value]) => {
      const signal = signals.get(name);
      return signal ? [{ signal, value, atMs: sampleMs, receivedMs: sampleMs, quality: 'good' as const, historical: false, passes: true }] : [];
    });
  });
  recorder.rows(rows.flat());
  await recorder.close();
  await shelf.close();
});
afterAll(() => rmSync(data, { recursive: true, force: true }));

test('another limit finds what the one that counts does not, in a process of its own, with the flow that would have started', { timeout: 240_000 }, async () => {
  const works = backtestProcess({ landscape, data });
  expect(await works.recordings()).toContain('edge-1');
  const signal = new AbortController().signal;
  const [now, tried] = await Promise.all([
    works.run(order, log, signal).then(ofRule),
    works.run({ ...order, limits: { ...order.limits, 'throughput.low': 90, 'throughput.recovered': 95 } }, log, signal).then(ofRule),
  ]);
  expect([now.found, now.drawn, now.samples.own]).toEqual([0, 'percent', 600]);
  expect(tried.episodes).toHaveLength(1);
  expect(tried.episodes[0]?.firedMs).toBeGreaterThan(atMs + 200_000);
  expect(tried.episodes[0]?.endMs).toBeLessThan(atMs + 330_000);
  expect(tried.course?.columns.flatMap((column) => column ?? []).sort((a, b) => a - b)[0]).toBe(85);
  expect(tried.flows[0]).toMatchObject({ flow: 'packaging-bottleneck', key: 'PO-4711' });
  expect(asked.length).toBeGreaterThan(0);
});

test('a recording that the hub fetched gives what the one beside the hub gives; one that is gone says so', { timeout: 240_000 }, async () => {
  const fetched = join(data, 'hub', 'recordings');
  mkdirSync(fetched, { recursive: true });
  const bytes = await buffer(recordedBytes(join(data, 'edge-1', 'telemetry'), { fromMs: -Infinity, toMs: Infinity, bytesMax: Infinity }));
  writeFileSync(fetchedFile(fetched, 'r-1'), bytes);
  const works = backtestProcess({ landscape, data, fetched });
  const asked = { ...order, limits: { ...order.limits, 'throughput.low': 90, 'throughput.recovered': 95 } };
  const signal = new AbortController().signal;
  const [beside, elsewhere] = await Promise.all([works.run(asked, log, signal).then(ofRule), works.run({ ...asked, edge: 'kiel-1', recording: 'r-1' }, log, signal).then(ofRule)]);
  expect(elsewhere.episodes).toHaveLength(1);
  expect([elsewhere.data, elsewhere.samples, elsewhere.lost]).toEqual([beside.data, beside.samples, undefined]);
  expect(elsewhere.episodes.map(({ firedMs, value }) => [firedMs, value])).toEqual(beside.episodes.map(({ firedMs, value }) => [firedMs, value]));
  await expect(works.run({ ...asked, recording: 'r-2' }, log, signal)).rejects.toMatchObject({ code: 'COMMAND_INVALID' });
});

test('a machine is followed there, too, with the dwell that is tried', { timeout: 240_000 }, async () => {
  const shelf = await openTelemetryShelf(join(data, 'edge-2', 'telemetry'), 10_000_000);
  const recorder = openRecorder({ shelf, clock: realClock, log: () => undefined });
  const good = { quality: 'good', historical: false, signal: { name: 'packer-3.state' } } as const;
  const said = [6, 6, 11, 11, 6, 6].map((value, index) => ({ ...good, value: String(value), atMs: atMs + index * 10_000, receivedMs: atMs + index * 10_000 }));
  recorder.rows(said);
  await recorder.close();
  const works = backtestProcess({ landscape: 'examples/opc-ua-packer', data });
  const asMachine = { ...order, kind: 'machine', name: 'packer.states', edge: 'edge-2', limits: {} } as const;
  const signal = new AbortController().signal;
  const labels = `${new Date(atMs).toISOString()},${new Date(atMs + 25_000).toISOString()},Execute`;
  const [now, tried] = await Promise.all([works.run(asMachine, log, signal), works.run({ ...asMachine, limits: { 'state.dwell': '15s' }, labels }, log, signal)]);
  expect(now).toMatchObject({
    found: 2,
    dwellMs: 5_000,
    changes: [
      { from: 'Execute', to: 'Held', atMs: atMs + 20_000, lasted: 20_000 },
      { from: 'Held', to: 'Execute', lasted: 20_000 },
    ],
  });
  expect(tried).toMatchObject({ found: 1, coming: { state: 'Execute', atMs: atMs + 40_000 }, score: { labelledMs: 25_000, agreedMs: 20_000 }, labels: [{ state: 'Execute' }] });
});

test('more samples than allowed are refused in plain words; who stops it ends its process', { timeout: 240_000 }, async () => {
  const works = backtestProcess({ landscape, data });
  await expect(works.run({ ...order, samplesMax: 100 }, log, new AbortController().signal)).rejects.toMatchObject({ code: 'TOO_LARGE', message: expect.stringContaining('100') });
  const stop = new AbortController();
  const ended = works.run(order, log, stop.signal);
  stop.abort(new Fault('CONFLICT', 'not wanted any more'));
  await expect(ended).rejects.toMatchObject({ code: 'CONFLICT', message: 'not wanted any more' });
});
