import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { edgeDisk } from '../../test/edge-disk.ts';
import { edgeHub } from '../../test/edge-hub.ts';
import { floor, floorSource, plantTeam, signals, temperature, throughput } from '../../test/edge-landscape.ts';
import { schema } from '../kernel/schema.ts';
import { defineOutput, defineOutputConnector } from '../model/output.ts';
import { startEdge, type EdgeLandscape } from './edge.ts';

const told: unknown[] = [];
const outputOptions = schema(Type.Object({ url: Type.String() }));
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

const landscape = (options: unknown): EdgeLandscape => ({
  signals,
  rules: [],
  sources: [floorSource],
  limits: {},
  optionsOf: () => ({}),
  outputs: { outputs: [historian], optionsOf: (name) => (name === 'historian' ? options : undefined) },
});

async function start(options: unknown) {
  const hub = await edgeHub();
  const close = async (): Promise<void> => hub[Symbol.asyncDispose]();
  try {
    const edge = await startEdge({
      landscape: landscape(options),
      openStore: async () => edgeDisk().open(),
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
