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
import { apartFrom } from '../log/door-verdict.ts';
import { judgeOf } from '../log/judge.ts';
import { shardDoor } from './door.ts';

const owner = defineOwner({ name: 'shift', title: 'Shift', mail: 'shift@plant.example', side: 'ot' });
const shape = schema(Type.Object({ order: Type.String() }));
const stoppedDropping = (reason: string, order: string) =>
  defineContract({
    name: 'line.stopped',
    version: 1,
    title: 'A line has stopped',
    owner,
    schema: shape,
    keys: { order: 'order' },
    examples: [],
    drop: [{ reason, field: 'order', is: [order] }],
  });
const stopped = stoppedDropping('of a trial', 'TRIAL');
const event = (id: string, order: string | number, more = {}) => ({ specversion: '1.0', id, source: '/plant', type: 'line.stopped.v1', data: { order }, ...more });

/** What a door puts into the inboxes. */
async function put(contract: typeof stopped, events: readonly object[], shards = 4) {
  const letters: Letter[] = [];
  const door = shardDoor({
    landscape: withOwn([owner, contract], 'r1'),
    clock: virtualClock(),
    oversight: oversight(noWatch),
    shards,
    lying: () => 0,
    put: async (each) => void letters.push(...each),
  });
  return { taken: await door.accept(events, 'edge'), letters };
}

test('what is taken goes to every shard, what is dropped to one, which tells so', async () => {
  const { taken, letters } = await put(stopped, [event('1', 'PO-1'), event('2', 'TRIAL')]);
  expect(taken).toMatchObject({ accepted: 1, quarantined: 0, filtered: 1, events: [{ id: '1' }, { id: '2', filtered: 'of a trial' }] });
  const shardsOf = (id: string) => letters.filter((letter) => 'event' in letter && letter.event.includes(`"id":"${id}"`)).map(({ to }) => to);
  expect(shardsOf('1')).toEqual([1, 2, 3, 4]);
  expect(shardsOf('2')).toHaveLength(1);
});

test('what a hub made of an event holds at one whose contract has another filter; what it says nothing of is judged there', async () => {
  const other = withOwn([owner, stoppedDropping('of a yard', 'YARD')], 'r2');
  const judge = judgeOf({ landscape: other, clock: virtualClock(), oversight: oversight(noWatch) });
  const lie = { doorverdict: { is: 'dropped', reason: 'says its sender' } };
  const { letters } = await put(stopped, [event('1', 'YARD'), event('2', 'TRIAL'), event('3', 7), event('4', 'PO-1', lie)], 1);
  const read = letters.map((letter) => apartFrom(JSON.parse('event' in letter ? letter.event : '')));
  expect(read.map((one) => one.event)).toMatchObject([event('1', 'YARD'), event('2', 'TRIAL'), event('3', 7), event('4', 'PO-1')]);
  const judged = read.map((one) => judge(one.event, 'edge', 'outside', one.said));
  expect(judged.map(({ change }) => change)).toMatchObject([
    { change: 'event.append', id: '1' },
    { change: 'event.drop', id: '2', reason: 'of a trial' },
    { change: 'quarantine.add', eventId: '3', reason: expect.stringContaining('/order') },
    { change: 'event.append', id: '4' },
  ]);
  expect(JSON.stringify(judged)).not.toContain('doorverdict');
  expect(judge(event('5', 'YARD'), 'edge', 'outside').change).toMatchObject({ change: 'event.drop', reason: 'of a yard' });
  // A program that does not know the attribute sees an event with one more, and judges it as it always did.
  const [first] = letters.map((letter): unknown => JSON.parse('event' in letter ? letter.event : ''));
  expect(judge(first, 'edge', 'outside').change).toMatchObject({ change: 'event.drop', id: '1', reason: 'of a yard' });
});

test('what was refused at the door is held in quarantine where the contract takes it, for the same reason', () => {
  const judge = judgeOf({ landscape: withOwn([owner, stopped], 'r1'), clock: virtualClock(), oversight: oversight(noWatch) });
  const { change, bad } = judge(event('1', 'PO-1'), 'edge', 'outside', { is: 'quarantined', reason: 'breaks its contract there' });
  expect(change).toMatchObject({ change: 'quarantine.add', eventId: '1', reason: 'breaks its contract there' });
  expect(bad).toMatchObject({ id: '1', data: { order: 'PO-1' } });
});
