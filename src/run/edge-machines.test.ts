// A machine's changes of state on their whole way: the floor, an edge that is started again, and a hub that is asked.
import { expect, onTestFinished, test } from 'vitest';
import { edgeDisk, type EdgeDisk } from '../../test/edge-disk.ts';
import { floor, floorSource, packer, plantTeam } from '../../test/edge-landscape.ts';
import { until } from '../../test/until.ts';
import { keys, testHub } from '../../test/hub-for-test.ts';
import { defineSignal } from '../model/asset.ts';
import { defineMachine, stateChanged } from '../model/machine.ts';
import { packmlCodes } from '../model/packml.ts';
import { startEdge } from './edge.ts';

const at = { asset: packer, source: floorSource };
const state = defineSignal({ ...at, of: 'state', family: 'state', type: 'text', codes: packmlCodes, address: 'packer-3#/state' });
const reason = defineSignal({ ...at, of: 'reason', family: 'downtime', address: 'packer-3#/reason' });
const changed = stateChanged(plantTeam);
const machine = defineMachine({ name: 'packaging.packer-3', title: 'Packer 3', owner: plantTeam, on: state, dwell: '5s', reason, emit: changed });
const startMs = Date.parse('2026-11-02T06:00:00Z');

async function edgeAt(hubUrl: string, disk: EdgeDisk) {
  const edge = await startEdge({
    landscape: { signals: [state, reason], rules: [], machines: [machine], sources: [floorSource], limits: {}, optionsOf: () => ({}) },
    openStore: async () => disk.open(),
    edgeName: 'edge-1',
    hubUrls: [hubUrl],
    key: keys.edge,
    log: () => undefined,
  });
  const [sink] = floor;
  return {
    /** PackML's StateCurrent, and a number for the reason; 0 is none. */
    say(seconds: number, stateCurrent: number, why: number) {
      const atMs = startMs + seconds * 1_000;
      sink?.samples([
        { address: state.address, value: stateCurrent, atMs, quality: 'good' },
        { address: reason.address, value: why, atMs, quality: 'good' },
      ]);
    },
    close: edge.close,
  };
}

test('a hub that is asked for the changes of state shows each once, with reason and length, over a restart of the edge', async () => {
  const hub = await testHub({ definitions: [plantTeam, packer, state, reason, changed, machine] });
  onTestFinished(hub.close);
  const changes = async (count: number) =>
    until(`${count} changes of state`, async () => {
      const { json } = await hub.ask('/api/events?type=equipment.state.changed');
      return json.length >= count && json;
    });
  const disk = edgeDisk();
  const first = await edgeAt(hub.url, disk);
  // 6 Execute, 11 Held.
  for (const second of [0, 20, 40]) first.say(second, 6, 0);
  first.say(60, 11, 0);
  first.say(62, 11, 431);
  first.say(70, 11, 431);
  await changes(1);
  await first.close();

  const second = await edgeAt(hub.url, disk);
  onTestFinished(second.close);
  // A source that comes back repeats what it said.
  second.say(60, 11, 0);
  second.say(70, 11, 431);
  second.say(372, 6, 0);
  second.say(380, 6, 0);
  const found = await changes(2);
  expect(
    found.map(({ time, data }: { time: string; data: unknown }) => ({ time, data })).toSorted((a: { time: string }, b: { time: string }) => (a.time < b.time ? -1 : 1)),
  ).toEqual([
    {
      time: '2026-11-02T06:01:00.000Z',
      data: { asset: 'packer-3', line: 'line-1', from: 'Execute', to: 'Held', since: '2026-11-02T06:01:00.000Z', lasted: 60_000, toReason: '431' },
    },
    {
      time: '2026-11-02T06:06:12.000Z',
      data: { asset: 'packer-3', line: 'line-1', from: 'Held', to: 'Execute', since: '2026-11-02T06:06:12.000Z', lasted: 312_000, reason: '431' },
    },
  ]);
});
