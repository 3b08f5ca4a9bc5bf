import { defineSignal, packmlCodes } from 'lineshaft';
import { packer3, plantMqtt } from './plant.ts';

const packer = { asset: packer3, source: plantMqtt };
const packerTopic = 'acme/bremen/packaging/line-1/packer-3/telemetry';
export const packerRate = defineSignal({ ...packer, of: 'rate', family: 'throughput', unit: '{pack}/min', address: `${packerTopic}#/rate` });
export const packerTarget = defineSignal({ ...packer, of: 'target', family: 'context', unit: '{pack}/min', address: `${packerTopic}#/target` });
export const packerOrder = defineSignal({ ...packer, of: 'order', family: 'context', type: 'text', address: `${packerTopic}#/order` });
export const packerItem = defineSignal({ ...packer, of: 'item', family: 'context', type: 'text', address: `${packerTopic}#/item` });
export const packerRemaining = defineSignal({ ...packer, of: 'remaining', family: 'counter', unit: '{pack}', address: `${packerTopic}#/remaining` });
export const packerSlotStart = defineSignal({ ...packer, of: 'slot-start', family: 'context', type: 'text', address: `${packerTopic}#/slotStart` });
export const packerSlotEnd = defineSignal({ ...packer, of: 'slot-end', family: 'context', type: 'text', address: `${packerTopic}#/slotEnd` });
/** Since its slot began: good packs, packs that were thrown out, and for how long it has been in Execute. */
export const packerProduced = defineSignal({ ...packer, of: 'produced', family: 'counter', unit: '{pack}', address: `${packerTopic}#/produced` });
export const packerDefective = defineSignal({ ...packer, of: 'defective', family: 'counter', unit: '{pack}', address: `${packerTopic}#/defective` });
export const packerExecuteTime = defineSignal({ ...packer, of: 'execute-time', family: 'counter', unit: 'ms', address: `${packerTopic}#/executeTime` });
/** The packer tells the number of its PackML state. */
export const packerState = defineSignal({ ...packer, of: 'state', family: 'state', type: 'text', address: `${packerTopic}#/stateCurrent`, codes: packmlCodes });
export const packerTemperature = defineSignal({ ...packer, of: 'temperature', family: 'temperature', unit: 'Cel', address: `${packerTopic}#/temperature`, deadband: 0.2 });
export const packerVibration = defineSignal({ ...packer, of: 'vibration', family: 'vibration', unit: 'mm/s', address: `${packerTopic}#/vibration`, deadband: 0.1 });
