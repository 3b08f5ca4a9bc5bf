import { defineAsset, defineSignal, defineSource, mqttJson, sparkplug } from 'lineshaft';
import { bremenPackaging, integration, plantManagement } from './owners.ts';

export const acme = defineAsset({ name: 'acme', title: 'Acme', level: 'enterprise', owner: plantManagement });
export const bremen = defineAsset({ name: 'bremen', title: 'Bremen', level: 'site', within: acme, owner: plantManagement, timeZone: 'Europe/Berlin' });
export const packaging = defineAsset({ name: 'packaging', title: 'Packaging', level: 'area', within: bremen, owner: bremenPackaging });
export const line1 = defineAsset({ name: 'line-1', title: 'Line 1', level: 'line', within: packaging, owner: bremenPackaging });
export const packer3 = defineAsset({ name: 'packer-3', title: 'Packer 3', level: 'cell', within: line1, owner: bremenPackaging });
export const palletizer2 = defineAsset({ name: 'palletizer-2', title: 'Palletizer 2', level: 'cell', within: line1, owner: bremenPackaging });
export const caseSealer1 = defineAsset({ name: 'case-sealer-1', title: 'Case sealer 1', level: 'cell', within: line1, owner: bremenPackaging });

export const plantMqtt = defineSource({ name: 'plant-mqtt', title: 'Machines of line 1 (JSON over MQTT)', owner: { it: integration, ot: bremenPackaging }, connector: mqttJson });
export const plantSparkplug = defineSource({
  name: 'plant-sparkplug',
  title: 'Gateway of line 1 (Sparkplug B)',
  owner: { it: integration, ot: bremenPackaging },
  connector: sparkplug,
});

const palletizer = { asset: palletizer2, source: plantMqtt };
const palletizerTopic = 'acme/bremen/packaging/line-1/palletizer-2/telemetry';
export const palletizerRate = defineSignal({ ...palletizer, of: 'rate', family: 'throughput', unit: '{pack}/min', address: `${palletizerTopic}#/rate` });
export const palletizerState = defineSignal({ ...palletizer, of: 'state', family: 'state', type: 'text', address: `${palletizerTopic}#/state` });
export const palletizerVibration = defineSignal({ ...palletizer, of: 'vibration', family: 'vibration', unit: 'mm/s', address: `${palletizerTopic}#/vibration`, deadband: 0.1 });

const sealer = { asset: caseSealer1, source: plantSparkplug };
const sealerDevice = 'acme/line-1-gw/case-sealer-1';
export const sealerRate = defineSignal({ ...sealer, of: 'rate', family: 'throughput', unit: '{pack}/min', address: `${sealerDevice}/Rate` });
export const sealerTarget = defineSignal({ ...sealer, of: 'target', family: 'context', unit: '{pack}/min', address: `${sealerDevice}/Target` });
export const sealerOrder = defineSignal({ ...sealer, of: 'order', family: 'context', type: 'text', address: `${sealerDevice}/Order` });
export const sealerRemaining = defineSignal({ ...sealer, of: 'remaining', family: 'counter', unit: '{pack}', address: `${sealerDevice}/Remaining` });
export const sealerSlotEnd = defineSignal({ ...sealer, of: 'slot-end', family: 'context', type: 'text', address: `${sealerDevice}/SlotEnd` });
export const sealerState = defineSignal({ ...sealer, of: 'state', family: 'state', type: 'text', address: `${sealerDevice}/State` });
export const sealerTemperature = defineSignal({
  ...sealer,
  of: 'tunnel-temperature',
  family: 'temperature',
  unit: 'Cel',
  address: `${sealerDevice}/TunnelTemperature`,
  deadband: 0.5,
});
