// A machine that an edge followed is followed again from what it recorded: the same changes, with their ids, whatever happened meanwhile.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { edgeDisk } from '../../../test/edge-disk.ts';
import { floorSource, packer, plantTeam, throughput, tooHot } from '../../../test/edge-landscape.ts';
import { memoryShelf, mortal } from '../../../test/memory-shelf.ts';
import { settled } from '../../../test/rule-host-play.ts';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { defineSignal } from '../../model/asset.ts';
import { defineLimit } from '../../model/limit.ts';
import { defineMachine, stateChanged, type Machine } from '../../model/machine.ts';
import { emptyFilterCounts, type Sample } from '../edge/normalise.ts';
import { quarantineDesk } from '../edge/quarantine-desk.ts';
import { openRuleHost } from '../edge/rule-host.ts';
import { openRecorder } from '../telemetry/recorder.ts';
import { encodeBlock, readBlocks, type TelemetryBlock } from '../telemetry/telemetry-block.ts';
import { rowsOf } from '../telemetry/telemetry-rows.ts';
import { machineBacktest } from './machine-backtest.ts';

const at = { asset: packer, source: floorSource };
const state = defineSignal({ ...at, of: 'state', family: 'state', type: 'text', address: 'packer-3#/state' });
const reason = defineSignal({ ...at, of: 'reason', family: 'downtime', type: 'text', address: 'packer-3#/reason' });
const dwell = defineLimit({ name: 'packer.dwell', value: '5s', why: 'Shorter stops are cleared by hand.' });
const told = { title: 'Packer 3', owner: plantTeam, dwell, emit: stateChanged(plantTeam) } as const;
const byText = defineMachine({ ...told, name: 'by-text', on: state, reason, codes: { RUN: 'Execute', STOP: 'Held', WAIT: 'Suspended' } });
const byLevel = defineMachine({ ...told, name: 'by-level', on: throughput, dwell: '2s', levels: { Held: 0, Execute: 20 } });
const steady = () => 0;
const startMs = 1_700_000_000_000;

interface Piece {
  readonly act: 'say' | 'park' | 'stale' | 'kill' | 'stop' | 'behind' | 'full disk';
  readonly word: string;
  readonly seconds: number;
  readonly count: number;
  readonly how: 'good' | 'bad' | 'historical' | 'late' | 'unknown';
  readonly why: string;
}

const scenes = fc.array(
  fc.record({
    act: fc.constantFrom('say', 'say', 'say', 'say', 'say', 'say', 'park', 'stale', 'kill', 'stop', 'behind', 'full disk'),
    word: fc.constantFrom('RUN', 'STOP', 'WAIT'),
    seconds: fc.constantFrom(1, 2, 4, 7),
    count: fc.integer({ min: 1, max: 6 }),
    how: fc.constantFrom('good', 'good', 'good', 'good', 'good', 'bad', 'historical', 'late', 'unknown'),
    why: fc.constantFrom('', 'film', 'knife', 'none'),
  }),
  { minLength: 30, maxLength: 80 },
);

/** What an edge told of its machines while it lived through a scene, and what it recorded. */
async function lived(pieces: readonly Piece[], heldMs: number | undefined) {
  const disk = edgeDisk();
  const shelf = memoryShelf();
  const clock = virtualClock(startMs, settled);
  const full = { isParked: false };
  let behindMs = 0;
  const open = async () => {
    const life = new AbortController();
    const own = mortal(clock, life.signal);
    const store = disk.open();
    const log = (): void => undefined;
    const quarantine = quarantineDesk({ store, clock: own, log });
    const recorder = openRecorder({ shelf, clock: own, log, rowsMax: 20 });
    const counts = emptyFilterCounts();
    const base = { edge: 'edge-1', rules: [tooHot], machines: [byText, byLevel], limits: {}, store, quarantine, counts, clock: own, random: () => 0, log };
    const room = { isParked: () => full.isParked, refuse: () => undefined };
    const heldToMs = () => clock.now() - (heldMs ?? 0) - behindMs;
    // One event that waits for the disk, and nothing more is judged.
    const parts = { ...base, recorder, room, waitingMax: 1, probe: () => undefined, onAppended: () => undefined, ...(heldMs !== undefined && { heldToMs }) };
    return { life, recorder, host: await openRuleHost(parts) };
  };
  const writable = async (): Promise<void> => {
    disk.fail(0);
    await clock.advance(20_000);
  };
  let edge = await open();
  const samplesOf = ({ word, how, why }: Piece): Sample[] => {
    const more = { receivedMs: clock.now(), quality: how === 'bad' ? ('bad' as const) : ('good' as const), historical: how === 'historical', passes: true };
    const atMs = clock.now() - behindMs - (how === 'late' ? 9_000 : 0);
    const said: Sample = { ...more, signal: state, value: how === 'unknown' ? 'OOPS' : word, atMs };
    const rate: Sample = { ...more, signal: throughput, value: word === 'RUN' ? 100 : 3, atMs };
    return [said, rate, ...(why === '' ? [] : [{ ...more, signal: reason, value: why, atMs }])];
  };
  for (const piece of pieces) {
    if (piece.act === 'behind') behindMs = behindMs === 0 ? 3_600_000 : 0;
    if (piece.act === 'stale') edge.host.stale([state, throughput], clock.now());
    if (piece.act === 'full disk') disk.fail(8);
    full.isParked = piece.act === 'park';
    for (let index = 0; index < piece.count; index++) {
      await clock.advance(piece.seconds * 1_000);
      edge.host.accept(samplesOf(piece));
    }
    if (piece.act !== 'kill' && piece.act !== 'stop') continue;
    await writable();
    if (piece.act === 'stop') await edge.host.close();
    else await edge.host.idle();
    await edge.recorder.close();
    edge.life.abort();
    edge = await open();
  }
  await writable();
  await edge.host.close();
  await edge.recorder.close();
  const events = (await disk.open().pending(10_000)).map(({ id, body }) => ({ id, ...JSON.parse(body) }));
  return { blocks: shelf.blocks(), events };
}

async function found(machine: Machine, blocks: readonly TelemetryBlock[], limits = {}) {
  return machineBacktest({ machine, limits, blocks: () => blocks, steady });
}

test.each([
  ['that says its state again and again', undefined],
  ['that tells only changes', 150],
])('of a source %s, the changes of then are found with their ids, over restarts, kills, full disks, stops of judging and clocks set back', async (_what, heldMs) => {
  let seen = 0;
  for (const pieces of fc.sample(scenes, { numRuns: 12, seed: 4711 })) {
    const { blocks, events } = await lived(pieces, heldMs);
    for (const machine of [byText, byLevel]) {
      const { changes } = await found(machine, blocks);
      const live = events.filter(({ id }: { readonly id: string }) => changes.some((change) => change.id === id));
      expect(changes.map(({ data }) => data)).toHaveLength(live.length);
      expect(new Map(changes.map(({ id, data }) => [id, data]))).toEqual(new Map(live.map(({ id, data }: { readonly id: string; readonly data: unknown }) => [id, data])));
      seen += changes.length;
    }
    const both = await Promise.all([byText, byLevel].map(async (machine) => (await found(machine, blocks)).changes.length));
    expect(both.reduce((sum, count) => sum + count, 0)).toBe(events.length);
  }
  expect(seen).toBeGreaterThan(50);
});

/** Words by the second since the start. */
function recording(words: readonly (readonly [second: number, word: string, why?: string])[]): TelemetryBlock[] {
  const rows = words.flatMap(([second, word, why]) => {
    const atMs = startMs + second * 1_000;
    const good = { atMs, receivedMs: atMs, quality: 'good', historical: false } as const;
    return [...(why === undefined ? [] : [{ ...good, signal: reason.name, value: why }]), { ...good, signal: state.name, value: word }];
  });
  return [...readBlocks(Buffer.from(encodeBlock({ rows: rowsOf(rows), marks: [], tickedMs: 0 })))];
}

const day = recording([
  [0, 'RUN', 'none'],
  [60, 'STOP'],
  [62, 'STOP', 'film tears'],
  [75, 'STOP'],
  [90, 'RUN', 'none'],
  [120, 'STOP'],
  [123, 'RUN'],
  [180, 'RUN'],
]);

test('states and stops are told by how long they lasted and why; a stop that is shorter than the dwell is none', async () => {
  const { changes, spans, times, coming, dwellMs } = await found(byText, day);
  expect(changes.map(({ data }) => [data.from, data.to, data.lasted, data.reason, data.toReason])).toEqual([
    ['Execute', 'Held', 60_000, undefined, 'film tears'],
    ['Held', 'Execute', 30_000, 'film tears', undefined],
  ]);
  expect(spans.map((span) => [span.state, span.fromMs - startMs, span.toMs && span.toMs - startMs])).toEqual([
    ['Execute', 0, 60_000],
    ['Held', 60_000, 90_000],
    ['Execute', 90_000, undefined],
  ]);
  expect(times).toEqual([
    { state: 'Execute', reason: undefined, count: 2, ms: 150_000 },
    { state: 'Held', reason: 'film tears', count: 1, ms: 30_000 },
  ]);
  expect([coming, dwellMs]).toEqual([undefined, 5_000]);
});

test('with another dwell the short stop counts, too; of a part of the time only its changes are told', async () => {
  const short = await found(byText, day, { 'packer.dwell': '2s' });
  expect(short.changes.map(({ atMs }) => (atMs - startMs) / 1_000)).toEqual([60, 90, 120, 123]);
  const part = await machineBacktest({ machine: byText, limits: {}, blocks: () => day, fromMs: startMs + 80_000, toMs: startMs + 100_000, steady });
  expect(part.changes.map(({ data }) => data.to)).toEqual(['Execute']);
  expect(part.times).toEqual([
    { state: 'Held', reason: 'film tears', count: 1, ms: 10_000 },
    { state: 'Execute', reason: undefined, count: 1, ms: 10_000 },
  ]);
});

test('a word that the machine does not know is counted; a state that has not lasted yet is told as coming', async () => {
  const { changes, refused, coming } = await found(
    byText,
    recording([
      [0, 'RUN'],
      [10, 'OOPS'],
      [20, 'RUN'],
      [30, 'WAIT'],
      [33, 'WAIT'],
    ]),
  );
  expect([changes, refused, coming]).toEqual([[], { late: 0, unknown: 1 }, { state: 'Suspended', atMs: startMs + 30_000 }]);
});
