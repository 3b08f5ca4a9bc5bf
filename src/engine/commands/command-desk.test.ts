import { expect, test } from 'vitest';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import type { CommandReply, CommandRequest } from '../../model/command-order.ts';
import { commandDesk, type Taker } from './command-desk.ts';

const forever = new AbortController().signal;
const gone: CommandReply = { kind: 'absent', reason: 'unknown' };

function taker(boot: string, identity?: string, sinceMs = 0, holds = () => true): Taker {
  return { boot, identity, sinceMs, holds };
}

function rig() {
  const clock = virtualClock(1_000);
  const desk = commandDesk({ clock, prefix: 'hub' });
  const order = (id: string, deadlineMs = 11_000): CommandRequest => ({
    kind: 'do',
    order: { id, capability: 'c', signal: 's', value: 1, by: 'anna', why: 'x', askedMs: 1_000, deadlineMs },
  });
  return { clock, desk, order };
}

test('what is wanted of an edge is handed to it once, as soon as it is there, and to no other; its answer ends the question', async () => {
  const { clock, desk, order } = rig();
  const taking = desk.take('bremen', taker('boot-1'), 20_000, forever);
  const other = desk.take('genoa', taker('boot-9'), 20_000, forever);
  const asked = desk.ask('bremen', order('a'), forever);
  const taken = await taking;
  expect(taken).toMatchObject([{ request: { order: { id: 'a' } } }]);
  desk.answer('genoa', taken[0]?.ticket ?? '', gone, undefined);
  desk.answer('bremen', taken[0]?.ticket ?? '', gone, undefined);
  desk.answer('bremen', taken[0]?.ticket ?? '', { kind: 'absent', reason: 'twice' }, undefined);
  expect(await asked).toEqual(gone);
  await clock.advance(20_000);
  expect(await other).toEqual([]);
  const later = desk.take('bremen', taker('boot-1'), 20_000, forever);
  await clock.advance(20_000);
  expect(await later).toEqual([]);
});

test('what no edge took by its deadline is refused, and not handed over later; what is over already is not handed over at all', async () => {
  const { clock, desk, order } = rig();
  const asked = desk.ask('bremen', order('a'), forever);
  await clock.advance(10_000);
  expect(await asked).toMatchObject({ kind: 'refused', refusal: { code: 'EXPIRED' } });
  expect(await desk.ask('bremen', order('b'), forever)).toMatchObject({ kind: 'refused', refusal: { code: 'EXPIRED' } });
  const taking = desk.take('bremen', taker('boot-1'), 1_000, forever);
  await clock.advance(1_000);
  expect(await taking).toEqual([]);
});

test('what an edge took is not known to be undone: neither at its deadline, nor when time is up, nor when the edge is started again', async () => {
  const { clock, desk, order } = rig();
  const late = new AbortController();
  const asked = [desk.ask('bremen', order('a'), late.signal), desk.ask('bremen', order('b'), forever), desk.ask('bremen', order('c'), late.signal)];
  const codes = Promise.allSettled(asked);
  await desk.take('bremen', taker('boot-1'), 0, forever);
  await clock.advance(60_000);
  late.abort();
  void desk.take('bremen', taker('boot-2'), 0, forever);
  expect((await codes).map((one) => (one.status === 'rejected' ? one.reason.code : one.value))).toEqual(['OUTCOME_UNKNOWN', 'OUTCOME_UNKNOWN', 'OUTCOME_UNKNOWN']);
});

test('what no edge took when time is up was certainly not done', async () => {
  const { desk } = rig();
  const late = new AbortController();
  const asked = desk.ask('bremen', { kind: 'tell', id: 'a' }, late.signal);
  late.abort();
  await expect(asked).rejects.toMatchObject({ code: 'SYSTEM_UNREACHABLE' });
});

test('an edge that hung up takes nothing with it', async () => {
  const { clock, desk, order } = rig();
  const line = new AbortController();
  const hungUp = desk.take('bremen', taker('boot-1'), 20_000, line.signal);
  line.abort();
  const asked = desk.ask('bremen', order('a'), forever);
  expect(await hungUp).toEqual([]);
  const [taken] = await desk.take('bremen', taker('boot-1'), 20_000, forever);
  desk.answer('bremen', taken?.ticket ?? '', gone, undefined);
  expect(await asked).toEqual(gone);
  await clock.advance(1);
});

test('that an edge does not know a command says nothing of one that had its name before: it is in doubt, and not undone', async () => {
  const { desk, order } = rig();
  const asked = desk.ask('bremen', order('a'), forever);
  const [taken] = await desk.take('bremen', taker('boot-1', 'first'), 0, forever);
  // Another store has the name now; what the first one made of it does not come any more.
  const came = desk.take('bremen', taker('boot-2', 'second', 5_000), 20_000, forever);
  await expect(asked).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  const told = desk.ask('bremen', { kind: 'tell', id: 'a', askedMs: 1_000 }, forever);
  const [question] = await came;
  desk.answer('bremen', question?.ticket ?? '', gone, 'first');
  desk.answer('bremen', question?.ticket ?? '', gone, 'second');
  expect(await told).toMatchObject({ kind: 'undecided', reason: expect.stringContaining('The edge bremen is another one since 1970-01-01T00:00:05.000Z (second)') });
  // What was asked for when this one had the name is its own to say, and what it has done counts always.
  for (const [id, askedMs, reply, kind] of [
    ['b', 6_000, gone, 'absent'],
    ['c', 1_000, gone, 'undecided'],
    ['d', 1_000, { kind: 'refused', refusal: { code: 'BUSY', reason: 'x' } }, 'refused'],
  ] as const) {
    const other = desk.ask('bremen', { kind: 'tell', id, askedMs }, forever);
    const [one] = await desk.take('bremen', taker('boot-2', 'second', 5_000), 0, forever);
    desk.answer('bremen', one?.ticket ?? '', reply, 'second');
    expect((await other).kind).toBe(kind);
  }
  expect(taken).toBeDefined();
});

test('who took a command answers for it also when the name is another one’s, and one that lost the name while it waited takes nothing', async () => {
  const { desk, order } = rig();
  let holds = true;
  const waiting = desk.take(
    'bremen',
    taker('boot-1', 'first', 0, () => holds),
    20_000,
    forever,
  );
  holds = false;
  const asked = desk.ask('bremen', order('a'), forever);
  expect(await waiting).toEqual([]);
  const [taken] = await desk.take('bremen', taker('boot-2', 'second'), 0, forever);
  desk.answer('bremen', taken?.ticket ?? '', { kind: 'refused', refusal: { code: 'BUSY', reason: 'no' } }, 'first');
  desk.answer('bremen', taken?.ticket ?? '', { kind: 'refused', refusal: { code: 'BUSY', reason: 'yes' } }, 'second');
  expect(await asked).toMatchObject({ refusal: { reason: 'yes' } });
});
