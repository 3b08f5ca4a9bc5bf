import { fileURLToPath } from 'node:url';
import { Type } from 'typebox';
import { beforeAll, expect, test } from 'vitest';
import { fileDrop } from '../../connectors/file-drop/file-drop.ts';
import { mqttUns } from '../../connectors/mqtt-uns/mqtt-uns.ts';
import { schema } from '../../kernel/schema.ts';
import { defineAsset, defineSignal } from '../../model/asset.ts';
import { defineContract } from '../../model/contract.ts';
import type { Definition } from '../../model/definition.ts';
import { landscapeFrom } from '../../model/landscape.ts';
import { defineOutput } from '../../model/output.ts';
import { defineOwner } from '../../model/owner.ts';
import { defineSource } from '../../model/source.ts';
import { loadLandscape } from '../releases/load.ts';
import { interactionsOf, type Interaction } from './interaction.ts';
import { landscapeGraph } from './landscape-graph.ts';

const folder = fileURLToPath(new URL('../../../examples/packaging-plant/', import.meta.url));

let plant: readonly Interaction[];
beforeAll(async () => {
  const landscape = await loadLandscape(folder);
  plant = interactionsOf(landscape, await landscapeGraph(landscape, {}), { 'systems.timeout': '4s' });
});
const ofPlant = (id: string): readonly Interaction[] => plant.filter((one) => one.id === id);

test('what a flow calls is a call, with the limits of its system under the environment', () => {
  expect(ofPlant('capability:production-order.revise')).toEqual([
    {
      pattern: 'call',
      id: 'capability:production-order.revise',
      title: 'Revise a production order',
      systems: ['erp'],
      by: ['flow:packaging-bottleneck'],
      limits: ['8 at once', '50 a second', 'an answer within 4 s', 'its owner is told when 1,000 wait'],
      why: 'The flow goes on with the answer, or with the refusal.',
      whyFrom: 'pattern',
    },
  ]);
  expect(ofPlant('capability:open-customer-orders')).toMatchObject([{ pattern: 'call', why: expect.stringMatching(/^A question/) }]);
});

test('what a flow posts is a command, with how long it may wait, and with the reason that the landscape gives', () => {
  expect(ofPlant('capability:shipment-window.move')).toMatchObject([
    {
      pattern: 'command',
      systems: ['tms'],
      by: ['flow:packaging-bottleneck'],
      limits: [
        '4 at once',
        '20 a second',
        'an answer within 4 s',
        'its owner is told when 1,000 wait',
        'untried for 4h at most (bottleneck.window-max-age)',
        '5,000 may wait',
        'for 8 h at most',
        'beyond that the oldest is shed',
      ],
      why: expect.stringMatching(/^The transport service may be down for hours/),
      whyFrom: 'landscape',
    },
  ]);
});

test('what only callers and undos ask for is a command without a flow', () => {
  expect(ofPlant('capability:production-order.unrelease')).toMatchObject([{ pattern: 'command', by: [], whyFrom: 'pattern' }]);
});

test('an event names the rules or the system that tell it, and what a second one does to the flow that it starts', () => {
  expect(ofPlant('contract:production.variance.detected')).toMatchObject([
    {
      pattern: 'event',
      systems: [],
      by: ['rule:packaging.sealer-throughput-drop', 'rule:packaging.throughput-drop'],
      limits: ['packaging-bottleneck: one run a key, a second event waits'],
    },
  ]);
  expect(ofPlant('contract:component.answered')).toMatchObject([{ pattern: 'event', systems: ['supplier'], by: ['webhook:supplier-answer'] }]);
});

test('each capability, event, source and output of a landscape is there, in the order of the patterns', async () => {
  const { definitions } = await loadLandscape(folder);
  const ids = definitions
    .filter(({ kind, name }) => ['capability', 'contract', 'source', 'output'].includes(kind) && !name.startsWith('lineshaft'))
    .map(({ kind, name }) => `${kind}:${name}`);
  expect(plant.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  expect([...new Set(plant.map(({ pattern }) => pattern))]).toEqual(['call', 'command', 'event', 'stream']);
});

const owner = defineOwner({ name: 'team', title: 'Team', mail: 'team@plant.example', side: 'ot' });
const asset = defineAsset({ name: 'press', title: 'Press', level: 'cell', owner });
const reports = defineSource({ name: 'reports', title: 'Reports of the press', owner, connector: fileDrop, lateness: '1h', why: 'The press has no network.' });
const oil = defineSignal({ asset, of: 'oil', family: 'temperature', unit: 'Cel', source: reports, address: 'press-*.csv#Oil' });
const uns = defineOutput({ name: 'uns', title: 'Namespace', owner, connector: mqttUns, signals: [oil] });
const shape = schema(Type.Object({ asset: Type.String() }));
const contract = { title: 'Event', owner, schema: shape, keys: { asset: 'asset' }, examples: [] } as const;
const pulse = defineContract({ ...contract, name: 'press.pulse', version: 1, family: 'telemetry' });
const stopped = defineContract({ ...contract, name: 'press.stopped', version: 1, priority: 'high' });

test('files, outputs, telemetry and priorities say what they are', () => {
  const all: readonly Definition[] = [owner, asset, reports, oil, uns, pulse, stopped];
  const found = interactionsOf(landscapeFrom(all, 'r'), { edges: [], flows: new Map() }, {});
  expect(found.map(({ id, pattern, limits, why, whyFrom }) => [id, pattern, limits, whyFrom === 'landscape' ? why : ''])).toEqual([
    ['contract:press.stopped', 'event', ['priority high'], ''],
    ['contract:press.pulse', 'stream', [], ''],
    ['output:uns', 'stream', ['1 signal'], ''],
    ['source:reports', 'file', ['1 signal', 'late values are waited for 1 h'], 'The press has no network.'],
  ]);
});
