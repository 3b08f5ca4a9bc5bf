import { defineAsset, defineFlow, defineSignal, defineSource, modbus } from 'lineshaft';
import { expect, test } from 'vitest';
import type { MachineCommand } from '../../src/model/machine-command.ts';
import { begun, otherSide, owner, rig } from './rig.ts';

const site = defineAsset({ name: 'site', title: 'Site', level: 'site', owner, timeZone: 'Europe/Vienna' });
const plc = defineSource({ name: 'plc', title: 'PLC', owner, connector: modbus });
const signal = defineSignal({ asset: site, of: 'speed', family: 'state', source: plc, address: '1/holding/0' });

/** The old system, which never says what became of a write, is a machine here. */
function machines(whenBusy: 'refuse' | 'wait') {
  const world = otherSide();
  const command: MachineCommand = {
    signal,
    address: '1/holding/0',
    readBack: signal,
    tolerance: 0,
    confirmWithin: '2s',
    maxAge: '1h',
    setPoint: true,
    allow: {},
    interlocks: [],
    whenBusy,
  };
  const definitions = world.definitions.map((each) => (each.name === 'dumb.label.print' ? { ...each, command } : each));
  world.set('dumb', 'never answers', 'takes it');
  const ends = new Map<string, string>();
  const asking = (name: string) =>
    defineFlow({
      name,
      title: name,
      owner,
      on: begun,
      key: ({ order }) => order,
      whenRunning: 'queue',
      async run(flow, { order, note }) {
        const result = await flow.attempt(world.capabilities.label, { order, value: `${name} ${note}` });
        ends.set(`${name} ${note}`, result.ok ? 'done' : JSON.stringify(result.refusal));
      },
    });
  return { world: { ...world, definitions }, flows: [asking('first'), asking('second')], ends };
}

test('a command that is not to wait is refused as soon as the one before it is its owner’s to settle, and so is a later one at once; another machine’s is not', async () => {
  const { world, flows, ends } = machines('refuse');
  const stage = await rig(world, flows);
  await stage.send(begun, 'PO-1', 'e1', 'a');
  expect([...ends.keys()]).toEqual([]);
  await stage.clock.advance(3_000);
  expect(ends.get('second a')).toMatch(/"BUSY".*label\.print \(\S+\), is a case of its owner/);
  await stage.send(begun, 'PO-1', 'e2', 'later');
  expect(ends.get('second later')).toMatch(/"BUSY"/);
  await stage.send(begun, 'PO-2', 'e3', 'b');
  expect([ends.get('first b'), ends.get('second b')]).toEqual(['done', 'done']);
  expect(world.of('dumb')).toEqual(['first b', 'second b']);
  expect(stage.bugs).toEqual([]);
});

test('one that is to wait does, also where the hub ends meanwhile', async () => {
  const { world, flows, ends } = machines('wait');
  const stage = await rig(world, flows);
  await stage.send(begun, 'PO-1', 'e1', 'a');
  await stage.clock.advance(3_000);
  await stage.killAndRestart();
  expect([...ends.keys()]).toEqual([]);
  await stage.clock.advance(3_600_000);
  expect(ends.get('second a')).toMatch(/"EXPIRED".*which is a case of its owner/);
  expect(world.of('dumb')).toEqual([]);
});

test('a hub that starts with one in doubt refuses what waited behind it', async () => {
  const { world, flows, ends } = machines('refuse');
  const stage = await rig(world, flows);
  await stage.send(begun, 'PO-1', 'e1', 'a');
  await stage.killAndRestart();
  await stage.clock.advance(10_000);
  expect(ends.get('second a')).toMatch(/"BUSY"/);
  expect(world.of('dumb')).toEqual([]);
  expect(stage.bugs).toEqual([]);
});
