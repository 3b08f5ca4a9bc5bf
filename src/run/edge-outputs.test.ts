import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { edgeDisk } from '../../test/edge-disk.ts';
import { edgeHub } from '../../test/edge-hub.ts';
import { floor, floorSource, plantTeam, signals, temperature, throughput } from '../../test/edge-landscape.ts';
import { schema } from '../kernel/schema.ts';
import { defineOutput, defineOutputConnector, type Output } from '../model/output.ts';
import { Fault } from '../kernel/errors.ts';
import { startEdge, type EdgeLandscape } from './edge.ts';

const told: unknown[] = [];
const outputOptions = schema(Type.Object({ url: Type.String() }));
const noOptions = schema(Type.Object({}));
const historian = defineOutput({
  name: 'historian',
  title: 'Historian',
  owner: plantTeam,
  signals: [throughput],
  connector: defineOutputConnector({
    name: 'test-output',
    title: 'An output that a test reads',
    options: outputOptions,
    async open({ url }, own, ports) {
      told.push([url, own.map(({ name }) => name), ports.system]);
      return {
        samples: (batch) => void told.push(batch.map(({ signal, value }) => [signal.name, value])),
        stale: (gone) => void told.push(gone.map(({ name }) => `${name} is stale`)),
        close: async () => void told.push('closed'),
      };
    },
  }),
});

const landscape = (options: unknown, more: readonly Output[] = []): EdgeLandscape => ({
  signals,
  rules: [],
  sources: [floorSource],
  limits: {},
  optionsOf: () => ({}),
  outputs: { outputs: [...more, historian], optionsOf: (name) => (name === 'historian' ? options : {}) },
});

async function start(options: unknown, more: readonly Output[] = [], disk = edgeDisk()) {
  const hub = await edgeHub();
  const close = async (): Promise<void> => hub[Symbol.asyncDispose]();
  try {
    const edge = await startEdge({
      landscape: landscape(options, more),
      openStore: async () => disk.open(),
      edgeName: 'edge-1',
      hubUrls: [hub.url],
      key: 'k',
      log: () => undefined,
    });
    return {
      status: edge.status,
      [Symbol.asyncDispose]: async () => {
        await edge.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

test('an edge passes its normalised signals on to its outputs, and says what is stale', async () => {
  {
    await using edge = await start({ url: 'out://here' });
    expect((await edge.status()).sources).toHaveLength(1);
    for (const sink of floor) {
      sink.samples([
        { address: throughput.address, value: 100, atMs: 1_000, quality: 'good' },
        { address: temperature.address, value: 100, atMs: 1_000, quality: 'good' },
      ]);
      sink.stale('packer-3', 2_000);
    }
  }
  expect(told).toEqual([['out://here', [throughput.name], 'historian'], [[throughput.name, 100]], [`${throughput.name} is stale`], 'closed']);
});

test('options that do not fit are refused with their place', async () => {
  await expect(start({})).rejects.toMatchObject({ code: 'ENVIRONMENT_INVALID', message: expect.stringContaining('output "historian"') });
});

test('an output whose package is not installed is told of, and the edge goes on with the others; when it is there, that is over', async () => {
  let isInstalled = false;
  const lake = defineOutput({
    name: 'lake',
    title: 'Lake',
    owner: plantTeam,
    signals: [throughput],
    connector: defineOutputConnector({
      name: 'needs-a-package',
      title: 'Needs a package',
      options: noOptions,
      async open() {
        if (!isInstalled) throw new Fault('LIBRARY_MISSING', 'It is spoken with the package "some-package", which is not installed here: npm install some-package');
        return { samples: () => undefined, stale: () => undefined, close: async () => undefined };
      },
    }),
  });
  const disk = edgeDisk();
  told.length = 0;
  {
    await using edge = await start({ url: 'out://here' }, [lake], disk);
    expect((await edge.status()).notices).toMatchObject([
      { kind: 'output-closed', text: expect.stringMatching(/^The output lake is not written to; all else goes on: .*npm install some-package$/), advice: expect.any(String) },
    ]);
    for (const sink of floor) sink.samples([{ address: throughput.address, value: 100, atMs: 1_000, quality: 'good' }]);
  }
  expect(told).toContainEqual([[throughput.name, 100]]);
  isInstalled = true;
  await using again = await start({ url: 'out://here' }, [lake], disk);
  expect((await again.status()).notices).toMatchObject([{ kind: 'output-closed', untilMs: expect.any(Number), text: 'The output lake is written to again' }]);
});
