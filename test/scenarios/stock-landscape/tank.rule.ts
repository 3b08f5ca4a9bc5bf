import { below, defineAsset, defineRule, defineSignal, defineSource, defineSourceConnector, last, schema, Type } from 'lineshaft';
import { stockLow, stores } from './stock.ts';

// A tank whose gauge says what the environment file tells it to say: a source that needs no other program.

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
export const tanks = defineSource({ name: 'tanks', title: 'Tanks', owner: stores, connector: gauge });
export const tank = defineAsset({ name: 'glue-tank', title: 'Glue tank', level: 'cell', owner: stores });
export const level = defineSignal({ asset: tank, of: 'level', family: 'counter', unit: 'L', source: tanks, address: 'glue' });

export const tankLow = defineRule({
  name: 'tank-low',
  title: 'A tank runs low',
  owner: stores,
  on: level,
  with: {},
  when: below(last, { limit: 100 }),
  sustained: '0s',
  clear: { limit: 200, for: '0s' },
  emit: stockLow,
  event: ({ window }) => ({ item: 'GLUE', missing: 1_000 - window.value }),
});
