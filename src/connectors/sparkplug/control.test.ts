import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import { newClient, type UPayload } from 'sparkplug-client';
import { expect, onTestFinished, test } from 'vitest';
import { realPorts, recordedSink } from '../../../test/recorded-sink.ts';
import { unwritable } from './control.ts';
import { sparkplug } from './sparkplug.ts';

// A device that nobody here wrote (sparkplug-client): it takes commands and tells what became of them.

type Metric = NonNullable<UPayload['metrics']>[number];

async function broker(): Promise<string> {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => aedes.close(() => server.close(() => resolve()))));
  const address = server.address();
  return `mqtt://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

/** Holds what it is told to hold, but for the speed, which it bounds. */
function sealer(serverUrl: string) {
  const client = newClient({ serverUrl, username: '', password: '', groupId: 'acme', edgeNode: 'gw', clientId: 'gw', publishDeath: true });
  onTestFinished(() => client.stop());
  const aliases = ['', 'Speed', 'Recipe'];
  const heard: { readonly device: string; readonly name: string; readonly value: unknown }[] = [];
  const metric = (name: string, value: number | string): Metric =>
    typeof value === 'number' ? { name, alias: 1, type: 'Int16', value, timestamp: Date.now() } : { name, alias: 2, type: 'String', value, timestamp: Date.now() };
  client.on('birth', () => {
    client.publishNodeBirth({
      timestamp: Date.now(),
      metrics: [
        { name: 'Node Control/Rebirth', type: 'Boolean', value: false },
        { name: 'Mode', type: 'String', value: 'auto' },
      ],
    });
    client.publishDeviceBirth('sealer', { timestamp: Date.now(), metrics: [metric('Speed', 10), metric('Recipe', 'A')] });
  });
  client.on('dcmd', (device, { metrics = [] }) => {
    for (const { alias, value } of metrics ?? []) {
      const name = aliases[Number(alias)] ?? '';
      heard.push({ device, name, value });
      client.publishDeviceData(device, {
        timestamp: Date.now(),
        metrics: [metric(name, typeof value === 'number' ? Math.min(100, value) : typeof value === 'string' ? value : '')],
      });
    }
  });
  client.on('ncmd', ({ metrics = [] }) => {
    for (const { name = '', value } of metrics ?? []) if (name === 'Mode') heard.push({ device: '', name, value });
  });
  return heard;
}

test('a command goes to a foreign device as a DCMD, to its node as an NCMD, and what the device makes of it comes back as data', async () => {
  const url = await broker();
  const sink = recordedSink();
  const source = await sparkplug.open({ url, hostId: 'edge-1' }, ['acme/gw/sealer/Speed', 'acme/gw/sealer/Recipe', 'acme/gw//Mode'], sink, realPorts('line'));
  onTestFinished(source.close);
  await sink.until(() => sink.links.some(({ up }) => up));
  const context = { id: 'c1', deadlineMs: Date.now() + 30_000 };
  expect(await source.control?.write('acme/gw/sealer/Speed', 90, context)).toMatchObject({ kind: 'unreachable' });
  const heard = sealer(url);
  await sink.until(() => sink.all.length === 3);
  const speeds = (): readonly unknown[] => sink.all.filter(({ address }) => address.endsWith('Speed')).map(({ value }) => value);
  expect(await source.control?.write('acme/gw/sealer/Speed', 90, context)).toEqual({ kind: 'written' });
  expect(await source.control?.write('acme/gw/sealer/Speed', 250, context)).toEqual({ kind: 'written' });
  await sink.until(() => speeds().length === 3);
  expect(await source.control?.write('acme/gw/sealer/Recipe', 'B', context)).toEqual({ kind: 'written' });
  expect(await source.control?.write('acme/gw//Mode', 'manual', context)).toEqual({ kind: 'written' });
  await sink.until(() => sink.all.some(({ value }) => value === 'B') && heard.length === 4);
  expect(speeds()).toEqual([10, 90, 100]);
  expect(heard).toEqual([
    { device: 'sealer', name: 'Speed', value: 90 },
    { device: 'sealer', name: 'Speed', value: 250 },
    { device: 'sealer', name: 'Recipe', value: 'B' },
    { device: '', name: 'Mode', value: 'manual' },
  ]);
  expect(await source.control?.write('acme/gw/sealer/Speed', 40_000, context)).toEqual({ kind: 'refused', reason: 'The value 40000 does not fit Int16.' });
}, 240_000);

test('a command needs the address of one metric, and a rebirth is nobody else’s to ask for', () => {
  expect(['acme/gw/sealer/Speed', 'acme/gw//Node Control/Rebirth', 'acme/gw'].map(unwritable)).toEqual([
    undefined,
    expect.stringMatching(/rebirth/),
    expect.stringMatching(/is not "group/),
  ]);
});
