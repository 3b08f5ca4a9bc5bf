import { all, average, below, defineContract, defineLimit, defineRule, is, numberTag, schema, textTag, Type } from 'lineshaft';
import { packaging, tags } from './plant.ts';

const slow = schema(Type.Object({ asset: Type.String(), episode: Type.String(), speed: Type.Number({ minimum: 0 }), target: Type.Number({ minimum: 0 }) }));
export const packerSlow = defineContract({
  name: 'packer.slow',
  version: 1,
  title: 'A packer runs, and slower than its operator has set',
  owner: packaging,
  schema: slow,
  keys: { asset: 'asset', episode: 'episode' },
  units: { speed: '{pack}/min', target: '{pack}/min' },
  examples: [{ asset: 'packer-3', episode: 'e1', speed: 66, target: 120 }],
});

export const window = defineLimit({ name: 'slow.window', value: '5m', why: 'a change of format takes up to four minutes' });
export const sustained = defineLimit({ name: 'slow.sustained', value: '3m', why: 'shift practice' });

/** While it executes: in any other PackML state nobody expects it to be fast. */
export const packerIsSlow = defineRule({
  name: 'packer.is-slow',
  title: 'Packer slower than set',
  owner: packaging,
  on: numberTag(tags, 'packer-3.speed'),
  with: { target: numberTag(tags, 'packer-3.target'), state: textTag(tags, 'packer-3.state') },
  when: all(below(average(window), { limit: 80, percentOf: 'target' }), is('state', 'Execute')),
  sustained,
  clear: { limit: 90, for: '2m' },
  emit: packerSlow,
  event: ({ asset, id, window: { value }, context: { target } }) => ({ asset, episode: id, speed: value, target: Number(target) }),
});
