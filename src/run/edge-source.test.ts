import { expect, test } from 'vitest';
import { edgeDisk } from '../../test/edge-disk.ts';
import { floor, floorSource, packer, plantTeam, signals, throughput, tooHot } from '../../test/edge-landscape.ts';
import { Fault } from '../kernel/errors.ts';
import { defineSignal } from '../model/asset.ts';
import { defineSource, defineSourceConnector } from '../model/source.ts';
import { startEdge } from './edge.ts';

let isInstalled = false;
const connector = defineSourceConnector({
  name: 'needs-a-package',
  title: 'Needs a package',
  options: floorSource.connector.options,
  async open() {
    if (!isInstalled) throw new Fault('LIBRARY_MISSING', 'It is spoken with the package "some-package", which is not installed here: npm install some-package');
    return { close: async () => undefined };
  },
});
const source = defineSource({ name: 'other', title: 'Other', owner: plantTeam, connector });
const other = defineSignal({ asset: packer, source, of: 'other', family: 'context', unit: '1', address: 'x' });

test('a source whose package is not installed is told of, and the others are heard; when it is there, that is over', async () => {
  const disk = edgeDisk();
  const start = async () =>
    startEdge({
      landscape: { signals: [...signals, other], rules: [tooHot], sources: [floorSource, source], limits: {}, optionsOf: () => ({}) },
      openStore: async () => disk.open(),
      edgeName: 'edge-1',
      hubUrls: ['http://127.0.0.1:1'],
      key: 'k',
      log: () => undefined,
    });
  const edge = await start();
  for (const sink of floor) sink.samples([{ address: throughput.address, value: 1, atMs: 1_000, quality: 'good' }]);
  const { notices, sources } = await edge.status();
  expect(notices).toMatchObject([
    { kind: 'source-closed', text: expect.stringContaining('The source other is not listened to; the others are: It is spoken with the package "some-package"') },
  ]);
  expect(sources).toMatchObject([
    { name: 'floor', received: 1 },
    { name: 'other', connected: false, detail: expect.stringContaining('npm install some-package.') },
  ]);
  await edge.close();

  isInstalled = true;
  const again = await start();
  expect((await again.status()).notices).toMatchObject([{ kind: 'source-closed', untilMs: expect.any(Number), text: 'The source other is listened to again' }]);
  await again.close();
});
