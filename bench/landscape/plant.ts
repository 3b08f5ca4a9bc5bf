import { defineAsset, defineOwner, defineSignal, defineSource, mqttJson } from 'lineshaft';

export const benchTeam = defineOwner({ name: 'bench', title: 'Bench', mail: 'bench@example.invalid', side: 'ot' });
const line = defineAsset({ name: 'line-1', title: 'Line 1', level: 'line', owner: benchTeam });
export const wrapper = defineAsset({ name: 'wrapper-1', title: 'Wrapper 1', level: 'cell', within: line, owner: benchTeam });
export const floor = defineSource({ name: 'floor', title: 'Floor', owner: benchTeam, connector: mqttJson });

/** The pallet that has just been wrapped; 0 while there is none. */
export const pallet = defineSignal({ asset: wrapper, source: floor, of: 'pallet', family: 'counter', unit: '1', address: 'bench/wrapper-1#/pallet' });
export const order = defineSignal({ asset: wrapper, source: floor, of: 'order', family: 'context', type: 'text', address: 'bench/wrapper-1#/order' });
