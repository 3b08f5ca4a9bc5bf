import { below, defineAsset, defineContract, defineOwner, defineRule, defineSignal, defineSource, defineSourceConnector, last, schema, Type } from 'lineshaft';

// Two tanks with a rule each; the code of the first one goes wrong as the process is told to.

export const plant = defineOwner({ name: 'plant', title: 'Plant', mail: 'plant@plant.example', side: 'ot' });
const lowShape = schema(Type.Object({ tank: Type.String(), litres: Type.Number() }));
export const low = defineContract({ name: 'tank.low', version: 1, title: 'A tank runs low', owner: plant, schema: lowShape, keys: {}, examples: [{ tank: 'glue', litres: 60 }] });

const gaugeOptions = schema(Type.Object({ litres: Type.Array(Type.Number()) }));
export const gauge = defineSourceConnector({
  name: 'gauge',
  title: 'Gauge',
  options: gaugeOptions,
  async open({ litres }, addresses, sink, { clock }) {
    sink.connected(true, 'The gauge is read.');
    for (const value of litres) sink.samples(addresses.map((address) => ({ address, value, atMs: clock.now(), quality: 'good' })));
    return { close: async () => undefined };
  },
});
export const tanks = defineSource({ name: 'tanks', title: 'Tanks', owner: plant, connector: gauge });
export const glueTank = defineAsset({ name: 'glue-tank', title: 'Glue tank', level: 'cell', owner: plant });
export const inkTank = defineAsset({ name: 'ink-tank', title: 'Ink tank', level: 'cell', owner: plant });
export const glueLevel = defineSignal({ asset: glueTank, of: 'level', family: 'counter', unit: 'L', source: tanks, address: 'glue' });
export const inkLevel = defineSignal({ asset: inkTank, of: 'level', family: 'counter', unit: 'L', source: tanks, address: 'ink' });

const rule = { owner: plant, with: {}, when: below(last, { limit: 100 }), sustained: '0s', clear: { limit: 200, for: '0s' }, emit: low } as const;

export const glueLow = defineRule({
  ...rule,
  name: 'glue-low',
  title: 'Glue runs low',
  on: glueLevel,
  event({ window }) {
    const how = process.env['GLUE_RULE'];
    if (how === 'exit') process.exit(0);
    for (let turn = 0; how === 'loop'; turn += 1) if (turn < 0) break;
    return { tank: 'glue', litres: window.value };
  },
});
export const inkLow = defineRule({ ...rule, name: 'ink-low', title: 'Ink runs low', on: inkLevel, event: ({ window }) => ({ tank: 'ink', litres: window.value }) });
