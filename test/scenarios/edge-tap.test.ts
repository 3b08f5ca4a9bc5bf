// `lineshaft edge tap` and `edge show` from outside: the commands as a user starts them, on an edge whose floor the test plays.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Tapped } from '../../src/engine/edge/tap.ts';
import { defineSignal } from '../../src/model/asset.ts';
import type { RawSample } from '../../src/model/source.ts';
import { startEdge, type Edge } from '../../src/run/edge.ts';
import { edgeDisk } from '../edge-disk.ts';
import { edgeHub, type EdgeHub } from '../edge-hub.ts';
import { floor, floorSource, packer, signals } from '../edge-landscape.ts';
import { runningCommand, type Ended } from '../running-command.ts';
import { until } from '../until.ts';

const heat = defineSignal({ asset: packer, source: floorSource, of: 'heat', family: 'temperature', unit: 'Cel', sourceUnit: '[degF]', address: 'packer-3#/heat' });

let data: string;
let hub: EdgeHub;
let edge: Edge;
beforeAll(async () => {
  data = realpathSync(mkdtempSync(join(tmpdir(), 'lineshaft-tap-')));
  const folder = join(data, 'bremen-1');
  mkdirSync(folder);
  // What an edge left that was killed.
  writeFileSync(join(folder, 'edge.sock'), '');
  hub = await edgeHub();
  edge = await startEdge({
    landscape: { signals: [...signals, heat], rules: [], sources: [floorSource], limits: {}, optionsOf: () => ({}), release: 'c0ffee' },
    openStore: async () => edgeDisk().open(),
    edgeName: 'bremen-1',
    hubUrls: [hub.url],
    key: 'k',
    log: () => undefined,
    folder,
  });
});
afterAll(async () => {
  await edge.close();
  await hub[Symbol.asyncDispose]();
  rmSync(data, { recursive: true, force: true });
});

/** The command, with the floor speaking until it ends. */
async function tap(...more: readonly string[]): Promise<Ended & { readonly tapped: readonly Tapped[] }> {
  const command = runningCommand(['edge', 'tap', '--name', 'bremen-1', '--data', data, '--json', ...more], { cwd: data });
  let ended: Ended | undefined;
  void command.ended.then((how) => {
    ended = how;
  });
  let atMs = Date.parse('2026-11-02T06:00:00Z');
  const { code, signal, stdout, stderr } = await until('the tap has ended', () => {
    if (!ended) speak((atMs += 1_000));
    return ended;
  });
  const tapped: readonly Tapped[] = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return { code, signal, stdout, stderr, tapped };
}

function speak(atMs: number): void {
  const at = (address: string, value: RawSample['value'], more: Partial<RawSample> = {}): RawSample => ({ address: `packer-3#/${address}`, value, atMs, quality: 'good', ...more });
  for (const sink of floor) {
    sink.samples([at('rate', 100 + (atMs % 7_000)), at('rate', 100.5 + (atMs % 7_000)), at('heat', 212), at('order', 4711), at('target', null, { quality: 'bad' })]);
    sink.samples([at('target', 90, { historical: true }), at('target', 91, { quality: 'uncertain' }), at('nowhere', 1)]);
    sink.quarantine('packer-3', 'no JSON', '{ no');
    sink.numbers?.({ count: 1, series: Uint32Array.of(0), values: Float64Array.of(321), times: Float64Array.of(atMs) });
  }
}

test('what came stands beside what it became: value, unit, quality, time, and why it is not passed on', async () => {
  const { code, stderr, tapped } = await tap('--source', 'floor', '--count', '40');
  expect({ code, stderr, shown: tapped.length }).toEqual({ code: 0, stderr: '', shown: 40 });
  const of = (address: string, raw: unknown): Tapped | undefined => tapped.find((one) => one.address === `packer-3#/${address}` && one.raw === raw);
  const passed = tapped.find(({ address, raw }) => address === 'packer-3#/rate' && Number.isInteger(raw) && raw !== 321);
  expect(passed).toMatchObject({
    source: 'floor',
    rawUnit: '{pack}/min',
    samples: [{ signal: 'packer-3.throughput', unit: '{pack}/min', quality: 'good', value: passed?.raw }],
    reasons: [],
  });
  expect(passed?.samples[0]).not.toHaveProperty('held');
  expect(passed?.samples[0]?.atMs).toBeGreaterThan(Date.parse('2026-11-02T06:00:00Z'));
  expect(tapped.find(({ raw }) => typeof raw === 'number' && raw % 1 === 0.5)?.samples).toMatchObject([{ held: 'it is within the deadband of 2 {pack}/min' }]);
  const [boiling] = of('heat', 212)?.samples ?? [];
  expect(of('heat', 212)?.rawUnit).toBe('[degF]');
  expect(boiling).toMatchObject({ signal: 'packer-3.heat', unit: 'Cel' });
  expect(boiling?.value).toBeCloseTo(100, 6);
  expect(of('order', 4711)).toMatchObject({ samples: [], reasons: ['wrong type: expected a text for packer-3.order, got a number'] });
  expect(of('target', null)).toMatchObject({ samples: [], reasons: ['the source gives no value, its quality is bad'] });
  expect(of('target', 90)?.samples).toMatchObject([{ held: 'it came late, from the memory of the device' }]);
  expect(of('target', 91)?.samples).toMatchObject([{ quality: 'uncertain', held: 'its quality is uncertain' }]);
  expect(of('nowhere', 1)).toMatchObject({ samples: [], reasons: ['unknown address: no signal of the landscape names it'] });
  expect(tapped.find(({ raw }) => raw === '{ no')).toMatchObject({ address: 'packer-3', samples: [], reasons: ['no JSON'] });
  expect(of('rate', 321)?.samples).toMatchObject([{ signal: 'packer-3.throughput', value: 321 }]);
});

test('a tap on one signal shows its address only, and an edge that was tapped counts each value once', async () => {
  const before = await edge.status();
  const { tapped } = await tap('--signal', 'packer-3.heat', '--count', '3');
  expect(tapped.map(({ address }) => address)).toEqual(['packer-3#/heat', 'packer-3#/heat', 'packer-3#/heat']);
  const { filtered } = await edge.status();
  // Each time the floor speaks it says nine values, one of them at no known address.
  expect((filtered.received - before.filtered.received) / (filtered.unknownAddress - before.filtered.unknownAddress)).toBe(9);
});

test('a tap that nothing comes to ends by its time and says so', async () => {
  const { code, stdout, stderr } = await runningCommand(['edge', 'tap', '--name', 'bremen-1', '--data', data, '--seconds', '1'], { cwd: data }).ended;
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: 'Nothing came within 1 s.\n' });
});

test('edge show tells the release that the edge runs, and how its sources are', async () => {
  const { code, stdout } = await runningCommand(['edge', 'show', '--name', 'bremen-1', '--data', data], { cwd: data }).ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(/^bremen-1 {2}release c0ffee\n/);
  expect(stdout).toContain(`hub ${hub.url}: 0 events taken, 0 wait for it\n`);
  expect(stdout).toContain('source floor: not connected, not connected yet;');
  const told = await runningCommand(['edge', 'show', '--name', 'bremen-1', '--data', data, '--json'], { cwd: data }).ended;
  expect(JSON.parse(told.stdout)).toMatchObject({ release: 'c0ffee', sources: [{ name: 'floor' }] });
});

test.for([
  ['a signal that is none', ['--signal', 'packer-3.nothing'], 4, /no signal "packer-3\.nothing"/],
  ['a source that is none', ['--source', 'nothing'], 4, /no source "nothing"\. It has: floor\./],
  ['no time', ['--seconds', '0'], 2, /--seconds is "0"; give a whole number from 1/],
  ['an edge that does not run', ['--name', 'bremen-2'], 4, /No edge runs on /],
] as const)('a tap on %s is refused', async ([, more, expected, words]) => {
  const { code, stderr } = await runningCommand(['edge', 'tap', '--name', 'bremen-1', '--data', data, ...more], { cwd: data }).ended;
  expect(stderr).toMatch(words);
  expect(code).toBe(expected);
});
