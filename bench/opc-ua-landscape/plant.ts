import { defineAsset, defineOwner, defineSignal, defineSource, opcUa } from 'lineshaft';

const team = defineOwner({ name: 'bench', title: 'Bench', mail: 'bench@example.invalid', side: 'ot' });
const line = defineAsset({ name: 'line-1', title: 'Line 1', level: 'line', owner: team });
export const machine = defineAsset({ name: 'machine-1', title: 'Machine 1', level: 'cell', within: line, owner: team });
export const server = defineSource({ name: 'machine', title: 'Machine', owner: team, connector: opcUa });

export const counters = Array.from({ length: 100 }, (_, index) =>
  defineSignal({ asset: machine, source: server, of: `counter-${index}`, family: 'counter', unit: '1', address: `ns=1;s=Counter.${index}` }),
);
