import { expect, test } from 'vitest';
import { floorSource, packer } from '../../../../test/edge-landscape.ts';
import { Fault } from '../../../kernel/errors.ts';
import { noProbe, type Probe } from '../../../kernel/probe.ts';
import { virtualClock } from '../../../kernel/virtual-clock.ts';
import { defineSignal } from '../../../model/asset.ts';
import type { CommandOrder, CommandReply, CommandValue } from '../../../model/command-order.ts';
import type { MachineCommand } from '../../../model/machine-command.ts';
import type { RawSample, SourceControl, WriteAnswer } from '../../../model/source.ts';
import { memoryEdgeStore } from '../../../store/memory/memory-edge-store.ts';
import { openCommander } from './commander.ts';
import { hubTime } from './hub-time.ts';
import { liveValues } from './live-values.ts';
import { machineLook } from './machine-look.ts';
import { permissionsFrom } from './permission.ts';

const at = { asset: packer, source: floorSource };
const speed = defineSignal({ ...at, of: 'speed', family: 'throughput', unit: '{pack}/min', address: 'speed', scale: 0.1 });
const state = defineSignal({ ...at, of: 'state', family: 'state', type: 'text', address: 'state' });
const usual: MachineCommand = {
  signal: speed,
  address: 'set-speed',
  readBack: speed,
  tolerance: 0,
  confirmWithin: '1s',
  maxAge: '10s',
  setPoint: true,
  allow: { min: 20, max: 120 },
  interlocks: [{ signal: state, is: ['Idle'], within: '5s' }],
  whenBusy: 'refuse',
};
const allowed = { commands: 'on', allow: { 'packer-3.speed': { capabilities: ['packer.change-speed'] } } };

interface Machine {
  state: string;
  quality: RawSample['quality'];
  raw: number;
  /** What becomes of a write. */
  take: (value: CommandValue) => WriteAnswer;
  writes: CommandValue[];
}

interface RigOptions {
  readonly command?: Partial<MachineCommand>;
  readonly plant?: unknown;
  /** False: a source that only speaks. */
  readonly asked?: boolean;
  readonly probe?: (point: string, machine: Machine) => void;
  readonly store?: ReturnType<typeof memoryEdgeStore>;
}

async function rig({ command = {}, plant = allowed, asked = true, probe, store = memoryEdgeStore() }: RigOptions = {}) {
  const clock = virtualClock(1_000_000);
  const machine: Machine = {
    state: 'Idle',
    quality: 'good',
    raw: 500,
    writes: [],
    take(value) {
      machine.raw = Number(value);
      return { kind: 'written' };
    },
  };
  const sampleOf = (address: string): RawSample => ({ address, value: address === 'state' ? machine.state : machine.raw, atMs: clock.now(), quality: machine.quality });
  const control: SourceControl = {
    async write(_address, value) {
      machine.writes.push(value);
      return machine.take(value);
    },
    ...(asked && { read: async (addresses: readonly string[]) => addresses.map(sampleOf) }),
  };
  const live = liveValues([speed, state], clock);
  const look = machineLook(new Map([[floorSource.name, control]]), live, clock);
  const commands = new Map([['packer.change-speed', { ...usual, ...command }]]);
  const permissions = plant === 'nothing' ? undefined : permissionsFrom(plant, [speed, state], 'plant.yaml');
  const watching: Probe = probe ? (point) => probe(point, machine) : noProbe;
  const commander = await openCommander({ book: store, commands, permissions, look, clock, probe: watching, log: () => undefined });
  const order = (id: string, value: CommandValue, more: Partial<CommandOrder> = {}): CommandOrder => ({
    id,
    capability: 'packer.change-speed',
    signal: speed.name,
    value,
    by: 'anna',
    why: 'film change',
    askedMs: clock.now(),
    deadlineMs: clock.now() + 10_000,
    ...more,
  });
  /** A reply, with the clock moved on until it is there. */
  async function replied(reply: Promise<CommandReply>): Promise<CommandReply> {
    let over = false;
    void reply.finally(() => (over = true)).catch(() => undefined);
    for (let turns = 0; turns < 200 && !over; turns++) await clock.advance(50);
    return reply;
  }
  const hub = () => hubTime(clock, clock.steady(), clock.now());
  const carryOut = (id: string, value: CommandValue, more: Partial<CommandOrder> = {}) => commander.take({ kind: 'do', order: order(id, value, more) }, hub());
  return { clock, machine, live, commander, store, order, hub, carryOut, replied, tell: (id: string) => commander.take({ kind: 'tell', id }, hub()), sampleOf };
}

test('a command is written in the words of its source, read back in the signal’s, and known by its id ever after', async () => {
  const { machine, carryOut, replied, store, tell } = await rig();
  expect(await replied(carryOut('a', 90))).toEqual({ kind: 'done', done: { signal: 'packer-3.speed', value: 90, before: 50, readBack: 90, atMs: 1_000_000 } });
  expect(await replied(carryOut('a', 90))).toMatchObject({ kind: 'done' });
  expect(await tell('a')).toMatchObject({ kind: 'done' });
  expect(await tell('b')).toMatchObject({ kind: 'absent' });
  expect(machine.writes).toEqual([900]);
  const [kept] = await store.commands(10);
  expect(kept).toMatchObject({ id: 'a', open: false, signal: 'packer-3.speed' });
  expect(JSON.parse(kept?.body ?? '')).toMatchObject({
    order: { by: 'anna', why: 'film change' },
    before: 50,
    trail: [{ what: 'asked' }, { what: 'meant' }, { what: 'written' }, { what: 'done' }],
  });
});

const refusals: readonly (readonly [name: string, options: RigOptions, value: CommandValue, more: Partial<CommandOrder>, refusal: object])[] = [
  ['its plant has switched nothing on', { plant: 'nothing' }, 90, {}, { code: 'COMMANDS_OFF' }],
  ['its plant does not list the signal', { plant: { commands: 'on', allow: {} } }, 90, {}, { code: 'NOT_LISTED', reason: "The plant's own list does not have packer-3.speed." }],
  ['its plant lets another capability', { plant: { commands: 'on', allow: { 'packer-3.speed': { capabilities: ['x.y'] } } } }, 90, {}, { code: 'NOT_LISTED' }],
  [
    'its plant lets somebody else',
    { plant: { commands: 'on', allow: { 'packer-3.speed': { capabilities: ['packer.change-speed'], by: ['flow:line-change'] } } } },
    90,
    {},
    { code: 'NOT_LISTED', reason: "The plant's own list lets flow:line-change have packer-3.speed written, not anna." },
  ],
  [
    'it is for another machine',
    {},
    90,
    { asset: 'packer-4' },
    { code: 'NOT_LISTED', reason: 'The command is for "packer-4", and packer.change-speed writes packer-3.speed, which is of packer-3.' },
  ],
  ['nobody asked', {}, 90, { by: '' }, { code: 'NOT_LISTED' }],
  ['the landscape has no such command', {}, 90, { signal: 'packer-3.state' }, { code: 'NOT_LISTED' }],
  ['it is above the landscape’s bound', {}, 121, {}, { code: 'OUT_OF_RANGE', reason: 'packer-3.speed = 121 is above 120.' }],
  [
    'it is above the plant’s bound',
    { plant: { commands: 'on', allow: { 'packer-3.speed': { capabilities: ['packer.change-speed'], max: 80 } } } },
    90,
    {},
    { code: 'OUT_OF_RANGE', reason: 'packer-3.speed = 90 is above 80.' },
  ],
  ['it is of another type', {}, 'fast', {}, { code: 'OUT_OF_RANGE' }],
  ['it is late by the latest that the hub’s clock can say', {}, 90, { deadlineMs: 1_000_000 }, { code: 'EXPIRED' }],
  [
    'its plant has an interlock more',
    { plant: { commands: 'on', allow: { 'packer-3.speed': { capabilities: ['packer.change-speed'], interlocks: [{ signal: 'packer-3.speed', max: 40, within: '5s' }] } } } },
    90,
    {},
    { code: 'INTERLOCK', reason: 'packer-3.speed is 50, above 40.', signal: 'packer-3.speed', found: 50 },
  ],
];

test.for(refusals)('refused, and not written, where %s', async ([, options, value, more, refusal]) => {
  const { machine, carryOut, replied, tell } = await rig(options);
  expect(await replied(carryOut('a', value, more))).toMatchObject({ kind: 'refused', refusal });
  expect(await replied(tell('a'))).toMatchObject({ kind: 'refused', refusal });
  expect(machine.writes).toEqual([]);
});

test('an interlock is judged by quality and value, and once more when the intent is on disk', async () => {
  const bad = await rig();
  bad.machine.quality = 'bad';
  expect(await bad.replied(bad.carryOut('a', 90))).toMatchObject({ refusal: { code: 'INTERLOCK', reason: 'packer-3.state is bad: "Idle".' } });
  const late = await rig({
    probe(point, machine) {
      if (point === 'edge.command-after-intent') machine.state = 'Execute';
    },
  });
  expect(await late.replied(late.carryOut('a', 90))).toMatchObject({ refusal: { code: 'INTERLOCK', reason: 'packer-3.state is "Execute", not "Idle".', found: 'Execute' } });
  expect([bad.machine.writes, late.machine.writes]).toEqual([[], []]);
  // What certainly was not written does not count as written.
  expect(await late.store.writesSince('packer-3.speed', 0)).toBe(0);
});

test('where a source only speaks, an interlock is as old as what it said last, and only what comes behind the write confirms it', async () => {
  const { clock, machine, live, carryOut, replied, sampleOf, tell } = await rig({ asked: false });
  const say = (): void => live.samples(floorSource.name, [sampleOf('state'), sampleOf('speed')]);
  expect(await replied(carryOut('unknown', 90))).toMatchObject({ refusal: { reason: 'packer-3.state is not known.' } });
  say();
  await clock.advance(5_001);
  expect(await replied(carryOut('old', 90))).toMatchObject({ refusal: { reason: 'packer-3.state is 5.0 s old, older than 5s.' } });
  // A message that was kept by a broker is as old as it says.
  live.samples(floorSource.name, [{ ...sampleOf('state'), atMs: clock.now() - 60_000 }]);
  expect(await replied(carryOut('kept', 90))).toMatchObject({ refusal: { reason: 'packer-3.state is 60.0 s old, older than 5s.' } });
  say();
  live.stale(floorSource.name, '');
  expect(await replied(carryOut('stale', 90))).toMatchObject({ refusal: { reason: 'packer-3.state is stale: "Idle".' } });
  expect(machine.writes).toEqual([]);

  machine.raw = 900;
  say();
  // It said 90 before anybody wrote: that confirms nothing, however often it is asked for.
  expect(await replied(carryOut('silent', 90))).toMatchObject({ kind: 'unseen', reason: expect.stringMatching(/says nothing, not 90/) });
  expect(await replied(tell('silent'))).toMatchObject({ kind: 'unseen' });
  expect(await replied(carryOut('silent', 90))).toMatchObject({ kind: 'unseen' });
  say();
  expect(await replied(tell('silent'))).toMatchObject({ kind: 'done' });
  expect(machine.writes).toEqual([900]);
});

test('what a source says in columns is known as what it says in samples, of the signals that are watched', async () => {
  const { live, clock } = await rig();
  const columns = { count: 3, series: Uint32Array.of(1, 0, 1), values: Float64Array.of(700, 5, 900), times: Float64Array.of(999_000, 999_000, 999_500) };
  live.numbers(floorSource.name, columns, ['else', 'speed']);
  expect(live.of(speed)).toEqual({ value: 90, quality: 'good', ageMs: 500, arrivedMs: clock.steady() });
  live.numbers('another', columns, ['else', 'speed']);
  live.samples(floorSource.name, [{ address: 'speed', value: 100, atMs: 999_900, quality: 'good', historical: true }]);
  expect(live.of(speed)).toMatchObject({ value: 90 });
  expect(live.of(state)).toBeUndefined();
});

test('a machine that was written and is out of sight is looked for, for a while; then a person is asked', async () => {
  const { clock, machine, carryOut, replied, tell, store } = await rig();
  machine.take = () => {
    machine.quality = 'bad';
    return { kind: 'written' };
  };
  expect(await replied(carryOut('a', 90))).toMatchObject({ kind: 'unseen' });
  expect(await store.openCommands()).toMatchObject([{ id: 'a' }]);
  await clock.advance(60_000);
  expect(await replied(tell('a'))).toMatchObject({ kind: 'undecided' });
  // It is back, and as before: it took the write, so that it is not there proves nothing.
  machine.quality = 'good';
  expect(await replied(tell('a'))).toMatchObject({ kind: 'undecided' });
  machine.raw = 900;
  expect(await replied(tell('a'))).toMatchObject({ kind: 'done' });
  expect(machine.writes).toEqual([900]);
});

test('a write whose end is not known: a set point that reads as before is not there; what is none is never said to be', async () => {
  for (const setPoint of [true, false]) {
    const { machine, carryOut, replied, tell } = await rig({ command: { setPoint } });
    machine.take = () => ({ kind: 'unknown', reason: 'no answer.' });
    expect(await replied(carryOut('a', 90))).toEqual({ kind: setPoint ? 'absent' : 'undecided', reason: 'no answer. packer-3.speed says 50, not 90.' });
    machine.take = () => ({ kind: 'written' });
    machine.raw = 900;
    // Asked for again: the set point is written once more, the other one only looked at.
    expect(await replied(setPoint ? carryOut('a', 90) : tell('a'))).toMatchObject({ kind: 'done' });
    expect(machine.writes.length).toBe(setPoint ? 2 : 1);
  }
});

test('what was so before a write that may not have left tells nothing, unless once more is the same as once', async () => {
  for (const setPoint of [true, false]) {
    const { machine, carryOut, replied, store } = await rig({ command: { setPoint } });
    machine.take = () => ({ kind: 'unknown', reason: 'no answer.' });
    expect(await replied(carryOut('a', 50))).toMatchObject({ kind: setPoint ? 'done' : 'undecided' });
    expect(await store.writesSince('packer-3.speed', 0)).toBe(1);
  }
});

test('a machine that cannot be reached was not written; and each try of a command stays in its story', async () => {
  const { machine, carryOut, replied, store } = await rig();
  machine.take = () => ({ kind: 'unreachable', reason: 'The device is not connected.' });
  expect(await replied(carryOut('away', 90))).toMatchObject({ kind: 'refused', refusal: { code: 'MACHINE_UNREACHABLE' } });
  machine.take = () => ({ kind: 'unknown', reason: 'no answer.' });
  expect(await replied(carryOut('twice', 90))).toMatchObject({ kind: 'absent' });
  machine.take = (value) => {
    machine.raw = Number(value);
    return { kind: 'written' };
  };
  expect(await replied(carryOut('twice', 90))).toMatchObject({ kind: 'done' });
  const trail: unknown = JSON.parse((await store.command('twice'))?.body ?? '');
  expect(trail).toMatchObject({ trail: ['asked', 'meant', 'unknown', 'absent', 'asked', 'meant', 'written', 'done'].map((what) => ({ what })) });
});

test('what the machine took and does not show is undecided, and stays so until it does', async () => {
  const { machine, carryOut, replied, tell } = await rig();
  machine.take = () => ({ kind: 'written' });
  expect(await replied(carryOut('a', 90))).toEqual({ kind: 'undecided', reason: 'The machine took the write, and after 1s packer-3.speed says 50, not 90.' });
  expect(await replied(carryOut('a', 90))).toMatchObject({ kind: 'undecided' });
  machine.raw = 900;
  expect(await replied(tell('a'))).toMatchObject({ kind: 'done' });
  expect(machine.writes).toEqual([900]);
});

test('no more writes than the list allows in its time, over restarts', async () => {
  const command = { allow: { min: 20, max: 120, atMost: 2, per: '1m' } } as const;
  const first = await rig({ command });
  for (const id of ['a', 'b']) expect(await first.replied(first.carryOut(id, 90))).toMatchObject({ kind: 'done' });
  expect(await first.replied(first.carryOut('c', 90))).toMatchObject({ refusal: { code: 'TOO_OFTEN' } });
  const { replied, carryOut, clock } = await rig({ command, store: first.store });
  expect(await replied(carryOut('d', 90))).toMatchObject({ refusal: { code: 'TOO_OFTEN' } });
  await clock.advance(60_000);
  expect(await replied(carryOut('e', 90))).toMatchObject({ kind: 'done' });
});

test('one at a time: the second is busy, or waits and is judged, its age too, when its turn comes', async () => {
  const busy = await rig();
  busy.machine.take = () => ({ kind: 'written' });
  const first = busy.carryOut('a', 90);
  expect(await busy.carryOut('b', 60)).toMatchObject({ refusal: { code: 'BUSY' } });
  await busy.replied(first);
  expect(busy.machine.writes).toEqual([900]);

  const patient = await rig({ command: { whenBusy: 'wait' } });
  patient.machine.take = () => ({ kind: 'written' });
  const before = patient.carryOut('a', 90);
  const later = [patient.carryOut('b', 60), patient.carryOut('c', 70, { deadlineMs: patient.clock.now() + 1_500 })];
  expect(await patient.replied(before)).toMatchObject({ kind: 'undecided' });
  expect(await patient.replied(Promise.all(later).then(([, last]) => last ?? { kind: 'absent', reason: '' }))).toMatchObject({ refusal: { code: 'EXPIRED' } });
  expect(patient.machine.writes).toEqual([900, 600]);
});

test('what waits for its turn when the edge is stopped is not written, and leaves nothing behind', async () => {
  const stopped = await rig({ command: { whenBusy: 'wait' } });
  stopped.machine.take = () => ({ kind: 'written' });
  const [first, second] = [stopped.carryOut('a', 90), stopped.carryOut('b', 60)];
  const ends = Promise.allSettled([first, second]);
  await stopped.clock.advance(50);
  await stopped.commander.close();
  expect(await ends).toMatchObject([{ reason: { code: 'OUTCOME_UNKNOWN' } }, { reason: { code: 'OUTCOME_UNKNOWN' } }]);
  expect(stopped.machine.writes).toEqual([900]);
  expect((await stopped.store.commands(10)).map(({ id }) => id)).toEqual(['a']);
});

test('a disk that does not take the intent leaves the machine alone', async () => {
  const store = memoryEdgeStore();
  let isFull = true;
  const { machine, carryOut } = await rig({
    store: {
      ...store,
      async putCommand(command) {
        if (isFull) throw new Fault('STORE_UNAVAILABLE', 'The disk is full.');
        await store.putCommand(command);
      },
    },
  });
  await expect(carryOut('a', 90)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  isFull = false;
  expect(machine.writes).toEqual([]);
});

test('what a process left open is looked at by the next one, and not written', async () => {
  for (const [raw, kind] of [
    [900, 'done'],
    [500, 'absent'],
    [700, 'undecided'],
  ] as const) {
    const before = await rig();
    const never = new Promise<never>(() => undefined);
    const first = openCommanderThatDies(before, never);
    void first;
    await before.clock.advance(10);
    const after = await rig({ store: before.store });
    after.machine.raw = raw;
    expect(await after.replied(after.tell('a'))).toMatchObject({ kind });
    expect(after.machine.writes).toEqual([]);
  }
});

/** Its write never comes back: the process is as dead. */
function openCommanderThatDies(rigged: Awaited<ReturnType<typeof rig>>, never: Promise<never>): Promise<CommandReply> {
  // The answer is awaited by the commander: a promise that never settles holds it there.
  rigged.machine.take = () => never as unknown as WriteAnswer;
  return rigged.carryOut('a', 90);
}
