import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { landscapeFrom } from '../../model/landscape.ts';
import { loadLandscape } from '../releases/load.ts';
import { everyNode } from './flow-outline.ts';
import { landscapeGraph, type LandscapeGraph } from './landscape-graph.ts';
import { outlineText } from './outline-for-test.ts';

const folder = fileURLToPath(new URL('../../../examples/packaging-plant/', import.meta.url));

let graph: LandscapeGraph;
beforeAll(async () => {
  graph = await landscapeGraph(await loadLandscape(folder), { 'bottleneck.recovery': '12s', 'throughput.window': '4s', 'throughput.low': 75 });
});

const outline = (name: string): readonly string[] => outlineText(graph.flows.get(name) ?? { nodes: [], partial: true });

test('the outline of the flow that changes the plan', () => {
  expect(graph.flows.get('packaging-bottleneck')?.note).toMatch(/^A line that stays slow changes the plan of everybody/);
  expect(outline('packaging-bottleneck')).toEqual([
    'at once',
    '  call productionOrder',
    '  call productionSchedule',
    '  call openCustomerOrders',
    '  call warehouseCommitments',
    '  call expectedReceipt',
    'decide shortage',
    `if plan.kind === 'within-tolerance' = "What a slow line means for customer orders": within-tolerance`,
    '  return leaves flow',
    'attempt reviseProductionOrder undo',
    'if !revised.ok = "Revise a production order" was refused',
    '  raise orderNotRevisable',
    '  return leaves flow',
    'call reviseExpectedReceipt undo',
    'part moveWindows | Tells the carriers; the transport service may be down, nothing waits for it',
    '  each moves',
    '    post moveShipmentWindow max age 4h (bottleneck.window-max-age) undo',
    'part supplierAnswersTo | Tells the suppliers when their components are needed now, and gives what they answer in time',
    '  each needs',
    '    post reviseComponentNeed max age 4h (bottleneck.need-max-age) undo',
    '  each messages, at once',
    "    part answerTo | The supplier's answer to this message",
    '      while passed <= othersMax',
    '        waitFor componentAnswered within 15m (bottleneck.supplier-answers)',
    '        if !answer || answer.inReplyTo === message = "A supplier has answered when a component comes" did not come or its in reply to is message',
    '          return leaves part',
    'decide componentDelay',
    `if delay.kind === 'later' = "What a late component means for a revised order": later`,
    '  attempt reviseProductionOrder',
    '  if again.ok = "Revise a production order" was accepted',
    '    call reviseExpectedReceipt',
    '    part moveWindows | Tells the carriers; the transport service may be down, nothing waits for it',
    '      each moves',
    '        post moveShipmentWindow max age 4h (bottleneck.window-max-age) undo',
    '  else',
    '    raise orderNotRevisable // The first revision stands, and is undone like any other.',
    'waitFor varianceCleared within 12s (bottleneck.recovery)',
    'if "A line produces as planned again" = "A line produces as planned again" came',
    '  compensate',
    '  return leaves flow',
    'part callForHelp | The condition persists: one work request, one alert; then the plan is taken back if the line recovers within the shift',
    '  call requestMaintenance',
    '  raise lineBottleneck',
    '  waitFor varianceCleared within 8h (bottleneck.persistence)',
    '  if !cleared = "A line produces as planned again" did not come',
    '    return leaves part',
    '  compensate',
    '  call noteMaintenance // Nobody unsays a call for maintenance: the request stays and is told.',
  ]);
});

test('the outline of the flow that releases an order', () => {
  expect(outline('production-release')).toEqual([
    'call releaseProductionOrder undo',
    'attempt dispatchWorkOrder',
    'if dispatched.ok = "Dispatch a production order to its line" was accepted',
    '  return leaves flow',
    'compensate',
    'raise dispatchRefused',
  ]);
});

test('every node of an outline has an id of its own, and a step names what it is about and where that is', () => {
  for (const { nodes } of graph.flows.values()) {
    const ids = everyNode(nodes).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  }
  const steps = everyNode(graph.flows.get('packaging-bottleneck')?.nodes ?? []).flatMap((node) => (node.kind === 'step' ? [node] : []));
  expect(steps.filter(({ verb, node }) => node === undefined && verb !== 'compensate')).toEqual([]);
  expect(steps.find(({ identifier }) => identifier === 'moveShipmentWindow')).toMatchObject({
    node: 'capability:shipment-window.move',
    title: 'Move the dock appointment of a shipment',
    system: 'tms',
  });
});

test('a flow whose source is gone or broken is drawn as far as its words go', async () => {
  const landscape = await loadLandscape(folder);
  const moved = landscape.definitions.map((definition) => (definition.kind === 'flow' ? { ...definition, site: { file: `${folder}gone.flow.ts`, line: 1 } } : definition));
  const { flows } = await landscapeGraph(landscapeFrom(moved, 'r'), {});
  expect(outlineText(flows.get('production-release') ?? { nodes: [], partial: false })).toEqual(['(and more)']);
  const asText = landscape.definitions.map((definition) => (definition.kind === 'flow' ? { ...definition, site: { file: `${folder}README.md`, line: 1 } } : definition));
  const read = await landscapeGraph(landscapeFrom(asText, 'r'), {});
  expect(read.flows.get('production-release')?.partial).toBe(true);
});

test('assets, signals, systems and rules tell what a room needs to know of them', () => {
  const node = (id: string) => graph.nodes.find((each) => each.id === id);
  expect(node('asset:packer-3')).toMatchObject({ level: 'cell', parent: 'asset:line-1', title: 'Packer 3', timeZone: 'Europe/Berlin' });
  expect(node('signal:packer-3.rate')).toMatchObject({ unit: '{pack}/min', type: 'number', asset: 'asset:packer-3', line: 'asset:line-1', of: 'rate' });
  expect(node('system:tms')).toMatchObject({ role: 'engagement', domains: ['appointments'] });
  expect(node('rule:packaging.throughput-drop')).toMatchObject({
    signal: 'signal:packer-3.rate',
    line: 'asset:line-1',
    context: { target: 'signal:packer-3.target' },
    emits: 'contract:production.variance.detected',
    clears: 'contract:production.variance.cleared',
    windowMs: 4_000,
    limit: 75,
    percentOf: 'target',
    words: 'below 75 % of target, average over 4 s, sustained 3 min; clears above 90 % of target for 2 min',
  });
});
