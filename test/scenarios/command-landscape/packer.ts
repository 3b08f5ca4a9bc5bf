import {
  commandDone,
  commandRefused,
  defineAsset,
  defineCapability,
  defineCommand,
  defineContract,
  defineFlow,
  defineOwner,
  defineSignal,
  defineSource,
  defineSystem,
  edgeCommands,
  modbus,
  schema,
  Type,
} from 'lineshaft';

// A packer on Modbus whose speed, shown in packs a minute, is set in tenths; it may be set only while the packer stands idle.

export const shift = defineOwner({ name: 'shift', title: 'Shift', mail: 'shift@plant.example', side: 'ot' });
export const plc = defineSource({ name: 'plc', title: 'PLC of the packer', owner: shift, connector: modbus });
export const packer = defineAsset({ name: 'packer-1', title: 'Packer 1', level: 'cell', owner: shift });
const at = { asset: packer, source: plc };
export const setSpeed = defineSignal({ ...at, of: 'set-speed', family: 'context', unit: '{pack}/min', address: '1/holding/0', scale: 0.1 });
export const speed = defineSignal({ ...at, of: 'speed', family: 'throughput', unit: '{pack}/min', address: '1/holding/1', scale: 0.1 });
export const state = defineSignal({ ...at, of: 'state', family: 'state', type: 'text', address: '1/holding/10:text8' });
export const running = defineSignal({ ...at, of: 'horn', family: 'state', type: 'boolean', address: '1/coil/0' });

export const floor = defineSystem({
  name: 'floor',
  title: 'Machines of line 1',
  role: 'observation',
  owner: shift,
  owns: ['line-control'],
  connector: edgeCommands,
  limits: { retryFirst: '50ms', retryMax: '500ms' },
});

const speedInput = schema(Type.Object({ machine: Type.String(), speed: Type.Number(), reason: Type.String() }));
const change = { owner: shift, effect: 'action', domain: 'line-control', output: commandDone, refusal: commandRefused } as const;
export const changeSpeed = defineCapability({
  ...change,
  name: 'packer.change-speed',
  title: 'Change the speed of the packer',
  input: speedInput,
  keys: { asset: 'machine' },
  entity: 'machine',
});
// Confirmed within a time that is long enough for a second command, or the end of a process, to find the first one under way.
const told = { system: floor, confirmWithin: '3s', maxAge: '2s', why: ({ reason }: { readonly reason: string }) => reason } as const;
const idle = { signal: state, is: ['Idle', 'Stopped'], within: '5s' } as const;
export const changesSpeed = defineCommand({
  capability: changeSpeed,
  ...told,
  signal: setSpeed,
  value: (input) => input.speed,
  readBack: speed,
  setPoint: true,
  allow: { min: 20, max: 120, step: 0.5 },
  interlocks: [idle],
});

// The same place, by another capability, for another entity: what the hub does not keep apart, the edge does.
const targetInput = schema(Type.Object({ line: Type.String(), speed: Type.Number(), reason: Type.String() }));
export const retune = defineCapability({ ...change, name: 'line.retune', title: 'Retune the line', input: targetInput, keys: {}, entity: 'line' });
export const retunes = defineCommand({
  capability: retune,
  ...told,
  signal: setSpeed,
  value: (input) => input.speed,
  readBack: speed,
  setPoint: true,
  allow: { min: 20, max: 120 },
  interlocks: [],
  whenBusy: 'refuse',
});

// No set point: sounding it twice is not sounding it once, and the machine takes it back by itself.
const hornInput = schema(Type.Object({ machine: Type.String(), reason: Type.String() }));
export const soundHorn = defineCapability({ ...change, name: 'packer.sound-horn', title: 'Sound the horn', input: hornInput, keys: { asset: 'machine' }, entity: 'machine' });
export const soundsHorn = defineCommand({
  capability: soundHorn,
  ...told,
  signal: running,
  value: () => true,
  readBack: running,
  setPoint: false,
  allow: { oneOf: [true], atMost: 2, per: '1h' },
  interlocks: [],
  whenBusy: 'wait',
});

const filmShape = schema(Type.Object({ machine: Type.String(), speed: Type.Number() }));
export const filmChanged = defineContract({ name: 'film.changed', version: 1, title: 'Another film', owner: shift, schema: filmShape, keys: { asset: 'machine' }, examples: [] });
export const filmChange = defineFlow({
  name: 'film-change',
  title: 'Film change',
  owner: shift,
  on: filmChanged,
  key: ({ machine }) => machine,
  whenRunning: 'queue',
  async run(flow, event) {
    await flow.call(changeSpeed, { machine: event.machine, speed: event.speed, reason: 'another film' });
  },
});
