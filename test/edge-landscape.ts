// A packer on a line, its signals, and the rule that watches its rate: as a landscape would declare them.
import { Type } from 'typebox';
import { schema } from '../src/kernel/schema.ts';
import { defineAsset, defineSignal } from '../src/model/asset.ts';
import { defineContract } from '../src/model/contract.ts';
import { defineOwner } from '../src/model/owner.ts';
import { defineRule } from '../src/model/rule.ts';
import { above, below } from '../src/model/condition.ts';
import { average, last } from '../src/model/window.ts';
import { defineSource, defineSourceConnector, type RawSample, type SourceSink } from '../src/model/source.ts';

const noOptions = schema(Type.Object({}));
/** Sinks of the sources that are open, so that a test can be the floor. */
export const floor = new Set<SourceSink>();
const testConnector = defineSourceConnector({
  name: 'test-floor',
  title: 'A floor that a test plays',
  options: noOptions,
  async open(_options, _addresses, sink) {
    floor.add(sink);
    return { close: async () => void floor.delete(sink) };
  },
});

export const plantTeam = defineOwner({ name: 'packaging', title: 'Packaging', mail: 'packaging@plant.example', side: 'ot' });
const site = defineAsset({ name: 'bremen', title: 'Bremen', level: 'site', owner: plantTeam });
export const line = defineAsset({ name: 'line-1', title: 'Line 1', level: 'line', within: site, owner: plantTeam });
export const packer = defineAsset({ name: 'packer-3', title: 'Packer 3', level: 'cell', within: line, owner: plantTeam });
export const floorSource = defineSource({ name: 'floor', title: 'Floor', owner: plantTeam, connector: testConnector });

const at = { asset: packer, source: floorSource };
export const throughput = defineSignal({ ...at, of: 'throughput', family: 'throughput', unit: '{pack}/min', address: 'packer-3#/rate', deadband: 2 });
export const target = defineSignal({ ...at, of: 'target', family: 'context', unit: '{pack}/min', address: 'packer-3#/target' });
export const order = defineSignal({ ...at, of: 'order', family: 'context', type: 'text', address: 'packer-3#/order' });
export const temperature = defineSignal({ ...at, of: 'temperature', family: 'temperature', unit: 'Cel', address: 'packer-3#/temperature', scale: 0.1, offset: -40 });
export const signals = [throughput, target, order, temperature] as const;

const variance = schema(Type.Object({ order: Type.String(), asset: Type.String(), episode: Type.String(), rate: Type.Number({ minimum: 0 }), limit: Type.Number() }));
export const varianceDetected = defineContract({
  name: 'production.variance.detected',
  version: 1,
  title: 'A line is slower than planned',
  owner: plantTeam,
  schema: variance,
  keys: { order: 'order', asset: 'asset', episode: 'episode' },
  examples: [],
});
const end = schema(Type.Object({ asset: Type.String(), episode: Type.String() }));
export const varianceCleared = defineContract({
  name: 'production.variance.cleared',
  version: 1,
  title: 'A line is as fast as planned',
  owner: plantTeam,
  schema: end,
  keys: { asset: 'asset', episode: 'episode' },
  examples: [],
});

/** Average over 1 s below 80 % of target for 500 ms; cleared above 90 % for 300 ms. */
export const throughputDrop = defineRule({
  name: 'packaging.throughput-drop',
  title: 'Throughput drop',
  owner: plantTeam,
  on: throughput,
  with: { order, target },
  when: below(average('1s'), { limit: 80, percentOf: 'target' }),
  sustained: '500ms',
  clear: { limit: 90, for: '300ms' },
  emit: varianceDetected,
  event: ({ asset, id, limit, window, context }) => ({ order: String(context.order), asset, episode: id, rate: window.value, limit }),
  clears: varianceCleared,
  cleared: ({ asset, id }) => ({ asset, episode: id }),
});

/** No window, no sustain time: each sample over the limit fires at once. */
export const tooHot = defineRule({
  name: 'packaging.too-hot',
  title: 'Too hot',
  owner: plantTeam,
  on: temperature,
  with: {},
  when: above(last, { limit: 90 }),
  sustained: '0ms',
  clear: { limit: 80, for: '0ms' },
  emit: varianceCleared,
  event: ({ asset, id }) => ({ asset, episode: id }),
});

/** One message of the packer: its rate, with the order and target that hold for it, which come behind it. */
export function reading(atMs: number, rate: number, running = { order: 'PO-4711', target: 120 }): RawSample[] {
  return [
    { address: throughput.address, value: rate, atMs, quality: 'good' },
    { address: order.address, value: running.order, atMs, quality: 'good' },
    { address: target.address, value: running.target, atMs, quality: 'good' },
  ];
}

/** Messages every 100 ms: 2 s at full rate, 3 s at 55 %, 3 s at full rate. Fires once at 2,900 for an episode from 2,400, clears at 6,000. */
export function slowdown(fromMs = 0): RawSample[][] {
  return Array.from({ length: 80 }, (_, index) => reading(fromMs + index * 100, index >= 20 && index < 50 ? 66 : 120));
}
