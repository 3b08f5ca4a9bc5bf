import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../test/until.ts';
import { sendEvent, testHub, type TestHub } from '../../test/hub-for-test.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await testHub();
});
afterAll(async () => hub.close());

interface Graph {
  readonly nodes: readonly { readonly id: string; readonly owners: readonly string[]; readonly site: { readonly file: string; readonly line: number } }[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly verb: string }[];
}

test('the landscape is a graph of what is declared, with owners and places, and nothing of the engine or the machine', async () => {
  const graph: Graph = (await hub.ask('/api/landscape', { as: 'viewer' })).json;
  const ids = graph.nodes.map(({ id }) => id);
  expect(ids).toEqual(
    expect.arrayContaining([
      'system:erp',
      'source:line-broker',
      'asset:line-1',
      'signal:line-1.throughput',
      'rule:packaging.throughput-drop',
      'contract:production.variance.detected',
      'flow:packaging-bottleneck',
      'capability:production-order.revise',
      'exception:line-bottleneck',
      'decision:shortage',
      'webhook:supplier-delay',
    ]),
  );
  expect(ids.some((id) => id.includes('lineshaft') || id === 'flow:capability-request')).toBe(false);
  const flow = graph.nodes.find(({ id }) => id === 'flow:packaging-bottleneck');
  expect(flow).toMatchObject({ owners: ['planning', 'packaging'], site: { file: 'landscape-for-test.ts' } });
  expect(graph.nodes.find(({ id }) => id === 'capability:production-order.revise')).toMatchObject({ units: { input: { quantity: '{pack}' } } });
  const told = graph.edges.map(({ from, verb, to }) => `${from} ${verb} ${to}`);
  expect(told).toEqual(
    expect.arrayContaining([
      'source:line-broker delivers signal:line-1.throughput',
      'signal:line-1.throughput watched by rule:packaging.throughput-drop',
      'rule:packaging.throughput-drop emits contract:production.variance.detected',
      'contract:production.variance.detected starts flow:packaging-bottleneck',
      'flow:packaging-bottleneck call capability:production-order.revise',
      'flow:packaging-bottleneck decide decision:shortage',
      'flow:packaging-bottleneck waitFor contract:production.variance.cleared',
      'flow:packaging-bottleneck raise exception:line-bottleneck',
      'capability:production-order.revise served by system:erp',
      'system:supplier calls webhook:supplier-delay',
      'webhook:supplier-delay gives contract:supplier.component.delayed',
    ]),
  );
  // Each end of an edge is a node, and what only a comment mentions is no edge.
  expect(graph.edges.flatMap(({ from, to }) => [from, to]).filter((id) => !ids.includes(id))).toEqual([]);
  expect(told.some((edge) => edge.includes('mail.send') && edge.startsWith('flow:'))).toBe(false);
});

test('a flow shows its steps as its source writes them', async () => {
  const flow = (await hub.ask('/api/flows/packaging-bottleneck')).json;
  expect(flow).toMatchObject({ on: 'production.variance.detected.v1', whenRunning: 'signal', systems: ['erp', 'tms', 'supplier'] });
  expect(flow.steps.map(({ verb, node, system }: { verb: string; node: string; system?: string }) => [verb, node, system])).toEqual([
    ['call', 'capability:production-schedule.read', 'erp'],
    ['decide', 'decision:shortage', undefined],
    ['call', 'capability:production-order.revise', 'erp'],
    ['post', 'capability:shipment.move-window', 'tms'],
    ['post', 'capability:supplier.tell-need', 'supplier'],
    ['raise', 'exception:line-bottleneck', undefined],
    ['waitFor', 'contract:production.variance.cleared', undefined],
  ]);
  const lines: number[] = flow.steps.map(({ line }: { line: number }) => line);
  expect(lines.every((line) => line > flow.site.line)).toBe(true);
  expect((await hub.ask('/api/flows')).json.map(({ name }: { name: string }) => name)).toEqual(['packaging-bottleneck']);
  expect((await hub.ask('/api/flows/nobody')).status).toBe(404);
});

test('a flow is drawn as a tree, whose steps are those of the list', async () => {
  const flow = (await hub.ask('/api/flows/packaging-bottleneck')).json;
  expect(flow.partial).toBe(false);
  expect(flow.outline.map(({ kind }: { kind: string }) => kind)).toEqual(['step', 'step', 'branch', 'step', 'step', 'step', 'step', 'step']);
  expect(flow.outline[2]).toMatchObject({
    condition: "plan.kind === 'within-tolerance'",
    words: '"Is there a shortage?": within-tolerance',
  });
  expect(flow.outline[2].then).toMatchObject([{ kind: 'end', leaves: 'flow' }]);
  expect(flow.outline[6]).toMatchObject({ id: flow.steps[5].id, verb: 'raise', note: 'Told in the trail whether it came or not: flow.call(sendMail) would not be.' });
});

test('a contract is read by name or type, with its schema and examples', async () => {
  const byName = await hub.ask('/api/contracts/production.variance.detected');
  expect(byName.json).toMatchObject({
    version: 1,
    type: 'production.variance.detected.v1',
    owners: ['packaging'],
    keys: { order: 'order' },
    schema: { type: 'object' },
    examples: [{ order: 'PO-1' }],
  });
  expect((await hub.ask('/api/contracts/production.variance.detected.v1')).json).toEqual(byName.json);
  expect((await hub.ask('/api/contracts')).json.map(({ name }: { name: string }) => name)).not.toContain('lineshaft.capability.requested');
  for (const name of ['nobody', 'lineshaft.capability.requested']) expect((await hub.ask(`/api/contracts/${name}`)).status).toBe(404);
});

test('each domain has one owner that writes it', async () => {
  const domains = (await hub.ask('/api/domains')).json;
  expect(domains.find(({ name }: { name: string }) => name === 'orders')).toMatchObject({
    owner: 'erp',
    ownerRole: 'record',
    ownerTeams: ['planning'],
    writes: ['production-order.revise'],
    reads: ['production-schedule.read'],
  });
});

test('the systems show role and mode, and a mode says what it does and how it ends', async () => {
  await sendEvent(hub, 'production.variance.detected.v1', { order: 'PO-1', line: 'line-1', atRisk: 40 });
  await until('ERP was called', () => hub.engine.lanes().some(({ system }) => system === 'erp'));
  const systems = (await hub.ask('/api/systems')).json;
  expect(systems.find(({ name }: { name: string }) => name === 'erp')).toMatchObject({
    role: 'record',
    owners: ['planning'],
    domains: ['orders'],
    mode: 'up',
    limits: { concurrencyMax: 8, ratePerSecondMax: 50, timeoutMs: 5_000 },
  });
  const modes = (await hub.ask('/api/modes')).json;
  expect(modes.find(({ system }: { system: string }) => system === 'tms')).toMatchObject({
    mode: 'normal',
    lane: 'up',
    allows: { posts: 'send', calls: 'send' },
    modes: expect.arrayContaining([
      expect.objectContaining({ name: 'maintenance' }),
      { name: 'down', means: expect.any(String), allows: { posts: 'buffer', calls: 'refuse' }, when: 'by itself' },
    ]),
  });
});

test('nobody and an edge see nothing of it', async () => {
  for (const path of ['/api/landscape', '/api/flows', '/api/contracts', '/api/domains', '/api/systems', '/api/modes', '/api/version']) {
    expect([(await hub.ask(path, { as: 'nobody' })).status, (await hub.ask(path, { as: 'edge' })).status]).toEqual([401, 403]);
  }
});
