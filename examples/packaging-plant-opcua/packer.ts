import { defineSignal, defineSource, opcUa } from 'lineshaft';
import { bremenPackaging, integration } from './owners.ts';
import { packer3 } from './plant.ts';

/** A server reports its nodes one after the other: values wait for so long to be put in their place before the rule decides. */
export const packerServer = defineSource({
  name: 'packer-3-server',
  title: 'Packer 3 (OPC UA)',
  owner: { it: integration, ot: bremenPackaging },
  connector: opcUa,
  lateness: '250ms',
});

const packer = { asset: packer3, source: packerServer };
const node = (name: string): string => `nsu=urn:packer-3;s=Packer3-${name}`;
export const packerRate = defineSignal({ ...packer, of: 'rate', family: 'throughput', unit: '{pack}/min', address: node('Status-CurMachSpeed') });
export const packerTarget = defineSignal({ ...packer, of: 'target', family: 'context', unit: '{pack}/min', address: node('Status-MachSpeed') });
export const packerOrder = defineSignal({ ...packer, of: 'order', family: 'context', type: 'text', address: node('Job-Order') });
export const packerItem = defineSignal({ ...packer, of: 'item', family: 'context', type: 'text', address: node('Job-Item') });
export const packerRemaining = defineSignal({ ...packer, of: 'remaining', family: 'counter', unit: '{pack}', address: node('Job-Remaining') });
export const packerSlotStart = defineSignal({ ...packer, of: 'slot-start', family: 'context', type: 'text', address: node('Job-SlotStart') });
export const packerSlotEnd = defineSignal({ ...packer, of: 'slot-end', family: 'context', type: 'text', address: node('Job-SlotEnd') });
/** Since its slot began: good packs, packs that were thrown out, and for how long it has been in Execute. */
export const packerProduced = defineSignal({ ...packer, of: 'produced', family: 'counter', unit: '{pack}', address: node('Job-Produced') });
export const packerDefective = defineSignal({ ...packer, of: 'defective', family: 'counter', unit: '{pack}', address: node('Job-Defective') });
export const packerExecuteTime = defineSignal({ ...packer, of: 'execute-time', family: 'counter', unit: 'ms', address: node('Job-ExecuteTime') });
/** The states of a run, by name; below it the companion specification (OPC 30050) has none but these, above it the machine is Running and Cleared. */
export const packerState = defineSignal({ ...packer, of: 'state', family: 'state', type: 'text', address: node('BaseStateMachine-MachineState-ExecuteState-CurrentState') });
export const packerTemperature = defineSignal({ ...packer, of: 'temperature', family: 'temperature', unit: 'Cel', address: node('Job-Temperature'), deadband: 0.2 });
export const packerVibration = defineSignal({ ...packer, of: 'vibration', family: 'vibration', unit: 'mm/s', address: node('Job-Vibration'), deadband: 0.1 });
