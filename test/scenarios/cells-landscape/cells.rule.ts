import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { above, defineAsset, defineContract, defineOwner, defineRule, defineSignal, defineSource, defineSourceConnector, last, schema, Type } from 'lineshaft';

// Some cells of a line, each with one rule, whose machines are played by a test: it says readings over a socket, and hears that they were judged.

export const plant = defineOwner({ name: 'plant', title: 'Plant', mail: 'plant@plant.example', side: 'ot' });
const hotShape = schema(Type.Object({ cell: Type.String(), turn: Type.Number() }));
export const hot = defineContract({
  name: 'cell.hot',
  version: 1,
  title: 'A cell is hot',
  owner: plant,
  schema: hotShape,
  keys: { asset: 'cell' },
  examples: [{ cell: 'cell-1', turn: 1 }],
});

const stageOptions = schema(Type.Object({ port: Type.Integer() }));
/** A line `[cell, reading, …]` is one batch of readings; it is answered by `ok` once it was judged. */
export const stage = defineSourceConnector({
  name: 'stage',
  title: 'Stage',
  options: stageOptions,
  async open({ port }, _addresses, sink, { clock }) {
    const socket = connect(port, '127.0.0.1', () => sink.connected(true, 'The stage is set.'));
    socket.on('error', () => undefined); // the play is over
    createInterface({ input: socket }).on('line', (line) => {
      // What the play of the test writes.
      const readings = JSON.parse(line) as readonly (readonly [cell: string, values: readonly number[]])[];
      let atMs = clock.now();
      for (const [address, values] of readings) sink.samples(values.map((value) => ({ address, value, atMs: (atMs += 0.001), quality: 'good' })));
      socket.write('ok\n');
    });
    return { close: async () => void socket.destroy() };
  },
});
export const machines = defineSource({ name: 'machines', title: 'Machines', owner: plant, connector: stage });

const cells = Array.from({ length: 40 }, (_, index) => defineAsset({ name: `cell-${index}`, title: `Cell ${index}`, level: 'cell', owner: plant }));
export const parts = cells.flatMap((asset) => {
  const temperature = defineSignal({ asset, of: 'temperature', family: 'temperature', unit: 'Cel', source: machines, address: asset.name });
  const rule = defineRule({
    name: `${asset.name}-hot`,
    title: `${asset.title} is hot`,
    owner: plant,
    on: temperature,
    with: {},
    when: above(last, { limit: 0 }),
    sustained: '0s',
    clear: { limit: -0.5, for: '0s' },
    emit: hot,
    event: ({ window }) => ({ cell: asset.name, turn: window.value }),
  });
  return [asset, temperature, rule];
});
