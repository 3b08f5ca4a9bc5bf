import { defineAsset, defineOwner, defineSignal, defineSource, opcUa, mqttJson } from 'lineshaft';
export const team = defineOwner({ name: 'team', title: 'Team', mail: 't@plant.example', side: 'ot' });
export const line = defineAsset({ name: 'line-1', title: 'Line', level: 'line', owner: team });
export const press = defineSource({ name: 'press', title: 'Press', owner: team, connector: opcUa });
export const signals = Array.from({length:1000},(_,i)=>defineSignal({ asset: line, source: press, of: 'c'+i, family: 'counter', address: 'nsu=urn:vm:NodeOPCUA-Server;s=Counter.'+i }));
