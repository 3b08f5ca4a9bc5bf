import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { schema } from '../../kernel/schema.ts';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { defineContract } from '../../model/contract.ts';
import { defineOwner } from '../../model/owner.ts';
import type { Letter } from '../../store/shard.ts';
import { withOwn } from '../releases/load.ts';
import { oversight } from '../watch/oversight.ts';
import { noWatch } from '../watch/watch.ts';
import { shardDoor } from './door.ts';

const owner = defineOwner({ name: 'shift', title: 'Shift', mail: 'shift@plant.example', side: 'ot' });
const shape = schema(Type.Object({ order: Type.String() }));
const stopped = defineContract({
  name: 'line.stopped',
  version: 1,
  title: 'A line has stopped',
  owner,
  schema: shape,
  keys: { order: 'order' },
  examples: [],
  drop: [{ reason: 'of a trial', field: 'order', is: ['TRIAL'] }],
});

test('what is taken goes to every shard, what is dropped to one, which tells so', async () => {
  const letters: Letter[] = [];
  const door = shardDoor({
    landscape: withOwn([owner, stopped], 'r1'),
    clock: virtualClock(),
    oversight: oversight(noWatch),
    shards: 4,
    lying: () => 0,
    put: async (each) => void letters.push(...each),
  });
  const event = (id: string, order: string) => ({ specversion: '1.0', id, source: '/plant', type: 'line.stopped.v1', data: { order } });
  const taken = await door.accept([event('1', 'PO-1'), event('2', 'TRIAL')], 'edge');
  expect(taken).toMatchObject({ accepted: 1, quarantined: 0, filtered: 1, events: [{ id: '1' }, { id: '2', filtered: 'of a trial' }] });
  const shardsOf = (id: string) => letters.filter((letter) => 'event' in letter && letter.event.includes(`"id":"${id}"`)).map(({ to }) => to);
  expect(shardsOf('1')).toEqual([1, 2, 3, 4]);
  expect(shardsOf('2')).toHaveLength(1);
});
