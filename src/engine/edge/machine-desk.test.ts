// A machine's states as events, in an edge with a clock that the test moves.
import { expect, onTestFinished, test } from 'vitest';
import { edgeDisk, type EdgeDisk } from '../../../test/edge-disk.ts';
import { floorSource, packer, plantTeam, throughput, varianceCleared } from '../../../test/edge-landscape.ts';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { defineSignal } from '../../model/asset.ts';
import { above } from '../../model/condition.ts';
import { defineMachine, stateChanged, type Machine } from '../../model/machine.ts';
import { defineRule } from '../../model/rule.ts';
import type { RawSample } from '../../model/source.ts';
import { last } from '../../model/window.ts';
import { emptyFilterCounts, normaliser } from './normalise.ts';
import { numberFeed } from './number-feed.ts';
import { quarantineDesk } from './quarantine-desk.ts';
import { openRuleHost } from './rule-host.ts';
import { Tallies } from './tallies.ts';

const at = { asset: packer, source: floorSource };
const state = defineSignal({ ...at, of: 'state', family: 'state', type: 'text', address: 'packer-3#/state' });
const code = defineSignal({ ...at, of: 'code', family: 'state', address: 'packer-3#/code' });
const reason = defineSignal({ ...at, of: 'reason', family: 'downtime', type: 'text', address: 'packer-3#/reason' });
const signals = [throughput, state, code, reason];
const changed = stateChanged(plantTeam);
const told = { name: 'packaging.packer-3', title: 'Packer 3', owner: plantTeam, dwell: '5s', reason, emit: changed } as const;
const byText = defineMachine({ ...told, on: state, codes: { RUN: 'Execute', STOP: 'Held', WAIT: 'Suspended' } });

const onCode = defineRule({
  name: told.name,
  title: 'A code that is no state',
  owner: plantTeam,
  on: code,
  with: {},
  when: above(last, { limit: 1_000 }),
  sustained: '0s',
  clear: { for: '0s' },
  emit: varianceCleared,
  event: ({ asset, id }) => ({ asset, episode: id }),
});

interface Played {
  readonly machine?: Machine;
  readonly disk?: EdgeDisk;
  readonly fromMs?: number;
  /** The source tells what changes, at once. */
  readonly holds?: boolean;
}

async function edge({ machine = byText, disk = edgeDisk(), fromMs = 1_000_000, holds = false }: Played = {}) {
  const clock = virtualClock(fromMs, async () => new Promise((resolve) => setImmediate(resolve)));
  const store = disk.open();
  const counts = emptyFilterCounts();
  const log = (): void => undefined;
  const quarantine = quarantineDesk({ store, clock, log });
  const shared = { edge: 'edge-1', limits: {}, store, quarantine, counts, clock, random: () => 0, probe: () => undefined, log, onAppended: () => undefined };
  const full = { isParked: false };
  const room = { isParked: () => full.isParked, refuse: () => undefined };
  const host = await openRuleHost({ ...shared, rules: [onCode], machines: [machine], room, ...(holds && { heldToMs: () => clock.now() }) });
  onTestFinished(async () => host.close());
  const normal = normaliser({ signals, clock, quarantine, counts });
  const addresses = signals.map(({ address }) => address);
  const numbers = numberFeed({ source: floorSource.name, addresses, normal, host, trends: { add: () => undefined, tallies: new Tallies() }, counts, clock });
  const words = (said: Readonly<Record<string, number | string>>, atMs: number): RawSample[] =>
    Object.entries(said).map(([name, value]) => ({ address: `packer-3#/${name}`, value, atMs, quality: 'good' }));
  return {
    host,
    full,
    store,
    counts,
    quarantine,
    /** At a moment by the machine's clock, seconds since the start. */
    say: (seconds: number, said: Readonly<Record<string, number | string>>, more: Partial<RawSample> = {}) =>
      host.accept(
        normal.normalise(
          floorSource.name,
          words(said, fromMs + seconds * 1_000).map((word) => ({ ...word, ...more })),
        ),
      ),
    /** Codes as a column of numbers, one a second. */
    column: (codes: readonly number[], fromSecond = 0) =>
      numbers({
        count: codes.length,
        series: Uint32Array.from(codes, () => addresses.indexOf(code.address)),
        values: Float64Array.from(codes),
        times: Float64Array.from(codes, (_, index) => fromMs + (fromSecond + index) * 1_000),
      }),
    pass: (seconds: number) => clock.advance(seconds * 1_000),
    async events() {
      await host.idle();
      return (await store.pending(100)).map(({ body }) => {
        const { type, time, data } = JSON.parse(body);
        return { type, time, ...data };
      });
    },
  };
}

const moment = (seconds: number): string => new Date(1_000_000 + seconds * 1_000).toISOString();

test('each state that lasts is told once, with how long the one before lasted and why; a flicker is no change', async () => {
  const { say, events } = await edge();
  say(0, { state: 'RUN', reason: 'none' });
  say(10, { state: 'STOP' });
  say(12, { state: 'RUN' });
  say(30, { state: 'RUN' });
  expect(await events()).toEqual([]);
  say(60, { state: 'STOP' });
  say(62, { reason: 'film tears' });
  say(65, { state: 'STOP' });
  say(70, { state: 'STOP', reason: 'knife blunt' });
  // The controller takes its reason back as it starts.
  say(100, { state: 'RUN', reason: 'none' });
  say(102, { state: 'WAIT' });
  say(103, { state: 'RUN' });
  say(120, { state: 'RUN' });
  const about = { type: 'equipment.state.changed.v1', asset: 'packer-3', line: 'line-1' };
  expect(await events()).toEqual([
    { ...about, time: moment(60), from: 'Execute', to: 'Held', since: moment(60), lasted: 60_000, toReason: 'film tears' },
    { ...about, time: moment(103), from: 'Held', to: 'Execute', since: moment(103), lasted: 43_000, reason: 'knife blunt' },
  ]);
});

test('codes that come as a column of numbers are followed, and one that nobody declared is quarantined, never guessed', async () => {
  const { column, events, quarantine } = await edge({ machine: defineMachine({ ...told, on: code }) });
  // PackML's StateCurrent: 6 Execute, 11 Held; 99 is none.
  column([6, 6, 6, 6, 6, 6, 11, 99, 11, 11, 11, 11, 6, 11]);
  expect(await events()).toMatchObject([{ from: 'Execute', to: 'Held', since: moment(6), lasted: 6_000 }]);
  expect(quarantine.entries(5)).toMatchObject([{ address: code.address, count: 1, raw: '99' }]);
});

test('of a machine that tells no state, a number that reaches a level stands for one', async () => {
  const { column, events } = await edge({ machine: defineMachine({ ...told, on: code, levels: { Held: 0, Execute: 20 } }) });
  column([120, 118, 90, 119, 121, 120, 3, 0, 0, 25, 0, 0, 0, 0, 0, 0]);
  expect(await events()).toMatchObject([{ from: 'Execute', to: 'Held', since: moment(10), lasted: 10_000 }]);
});

test('where the source tells only what changes, the dwell passes without another word', async () => {
  const { say, pass, events, host } = await edge({ holds: true });
  say(0, { state: 'RUN' });
  await pass(30);
  say(30, { state: 'STOP', reason: 'film tears' });
  await pass(4);
  expect(await events()).toEqual([]);
  await pass(2);
  expect(await events()).toMatchObject([{ from: 'Execute', to: 'Held', since: moment(30), lasted: 30_000, toReason: 'film tears' }]);
  // A device that has died says nothing of what it does.
  say(40, { state: 'RUN' });
  host.stale([state], 1_041_000);
  await pass(60);
  expect(await events()).toHaveLength(1);
  say(110, { state: 'STOP' });
  await pass(60);
  expect(await events()).toHaveLength(1);
});

test('what comes late is counted and changes nothing, until a source that was set back says nothing else', async () => {
  const { say, pass, events, counts } = await edge();
  say(0, { state: 'RUN' });
  say(60, { state: 'RUN' });
  say(30, { state: 'STOP' });
  say(61, { state: 'RUN' });
  say(90, { state: 'RUN' });
  expect([await events(), counts.late]).toEqual([[], 1]);
  // Its clock is an hour behind from now on.
  for (let second = 0; second < 30; second++) {
    say(second - 3_600, { state: second < 20 ? 'RUN' : 'STOP' });
    await pass(1);
  }
  expect(await events()).toMatchObject([{ from: 'Execute', to: 'Held', since: moment(-3_580), lasted: 10_000 }]);
});

test('a kill of the edge repeats and loses no change that was told, and what it did not hear it does not tell', async () => {
  const disk = edgeDisk();
  const first = await edge({ disk });
  first.say(0, { state: 'RUN' });
  first.say(60, { state: 'STOP', reason: 'film tears' });
  first.say(66, { state: 'STOP' });
  expect(await first.events()).toHaveLength(1);
  first.say(80, { state: 'RUN' });
  await first.pass(6);
  await first.host.idle();
  first.store.kill();
  // The machine may have stood again all the while.
  const second = await edge({ disk });
  second.say(66, { state: 'STOP' });
  second.say(300, { state: 'STOP' });
  expect(await second.events()).toHaveLength(1);
  second.say(400, { state: 'RUN' });
  second.say(405, { state: 'RUN' });
  expect(await second.events()).toMatchObject([{ to: 'Held' }, { from: 'Held', to: 'Execute', since: moment(400), lasted: 340_000, reason: 'film tears' }]);
});

test('the same words heard by another edge give events of the same ids', async () => {
  const ids = [];
  for (const disk of [edgeDisk(), edgeDisk()]) {
    const { say, host } = await edge({ disk });
    for (const second of [0, 10, 20, 30]) say(second, { state: second < 15 ? 'RUN' : 'STOP' });
    await host.idle();
    ids.push(disk.appended);
  }
  expect(ids[0]).toHaveLength(1);
  expect(ids[0]).toEqual(ids[1]);
});

test('a stored state that is damaged is quarantined and learned anew; one of a newer Lineshaft is left alone', async () => {
  const disk = edgeDisk();
  disk.corrupt(`machine ${byText.name}`, '{"version":1,"given":7}');
  const { say, events, quarantine } = await edge({ disk });
  for (const second of [0, 10, 20, 30]) say(second, { state: second < 15 ? 'RUN' : 'STOP' });
  expect(await events()).toHaveLength(1);
  expect(quarantine.entries(5)).toMatchObject([{ address: `machine:${byText.name}` }]);
  disk.corrupt(`machine ${byText.name}`, '{"version":2}');
  await expect(edge({ disk })).rejects.toMatchObject({ code: 'STORE_NEWER' });
});

test('a number that a rule is on, too, is followed all the same, and counted once where it is late', async () => {
  const { column, say, events, counts } = await edge({ machine: defineMachine({ ...told, on: code }) });
  // For the rule there is nothing to decide.
  for (let second = 0; second < 200; second++) column([second < 100 ? 6 : 11], second);
  expect(await events()).toMatchObject([{ from: 'Execute', to: 'Held', since: moment(100) }]);
  const before = counts.late;
  say(-600, { code: 6 });
  expect(counts.late).toBe(before + 1);
});

test('what a device says of its own history, or in doubt, is no state', async () => {
  const { say, events } = await edge();
  say(0, { state: 'RUN' });
  say(10, { state: 'RUN' });
  say(20, { state: 'STOP' }, { historical: true });
  say(30, { state: 'STOP' }, { quality: 'uncertain' });
  say(40, { state: 'STOP' }, { quality: 'uncertain' });
  say(50, { state: 'RUN' });
  say(60, { state: 'RUN' });
  expect(await events()).toEqual([]);
});

test('what was not judged while the buffer was full does not count as having lasted', async () => {
  const { say, full, events } = await edge();
  say(0, { state: 'RUN' });
  say(10, { state: 'RUN' });
  say(20, { state: 'STOP' });
  full.isParked = true;
  say(21, { state: 'RUN' });
  full.isParked = false;
  say(60, { state: 'RUN' });
  say(70, { state: 'RUN' });
  expect(await events()).toEqual([]);
});
