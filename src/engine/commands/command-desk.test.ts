import { expect, test } from 'vitest';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import type { CommandReply, CommandRequest } from '../../model/command-order.ts';
import { commandDesk } from './command-desk.ts';

const forever = new AbortController().signal;
const gone: CommandReply = { kind: 'absent', reason: 'unknown' };

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
  const taking = desk.take('bremen', 'boot-1', 20_000, forever);
  const other = desk.take('genoa', 'boot-9', 20_000, forever);
  const asked = desk.ask('bremen', order('a'), forever);
  const taken = await taking;
  expect(taken).toMatchObject([{ request: { order: { id: 'a' } } }]);
  desk.answer('genoa', taken[0]?.ticket ?? '', gone);
  desk.answer('bremen', taken[0]?.ticket ?? '', gone);
  desk.answer('bremen', taken[0]?.ticket ?? '', { kind: 'absent', reason: 'twice' });
  expect(await asked).toEqual(gone);
  await clock.advance(20_000);
  expect(await other).toEqual([]);
  const later = desk.take('bremen', 'boot-1', 20_000, forever);
  await clock.advance(20_000);
  expect(await later).toEqual([]);
});

test('what no edge took by its deadline is refused, and not handed over later; what is over already is not handed over at all', async () => {
  const { clock, desk, order } = rig();
  const asked = desk.ask('bremen', order('a'), forever);
  await clock.advance(10_000);
  expect(await asked).toMatchObject({ kind: 'refused', refusal: { code: 'EXPIRED' } });
  expect(await desk.ask('bremen', order('b'), forever)).toMatchObject({ kind: 'refused', refusal: { code: 'EXPIRED' } });
  const taking = desk.take('bremen', 'boot-1', 1_000, forever);
  await clock.advance(1_000);
  expect(await taking).toEqual([]);
});

test('what an edge took is not known to be undone: neither at its deadline, nor when time is up, nor when the edge is started again', async () => {
  const { clock, desk, order } = rig();
  const late = new AbortController();
  const asked = [desk.ask('bremen', order('a'), late.signal), desk.ask('bremen', order('b'), forever), desk.ask('bremen', order('c'), late.signal)];
  const codes = Promise.allSettled(asked);
  await desk.take('bremen', 'boot-1', 0, forever);
  await clock.advance(60_000);
  late.abort();
  void desk.take('bremen', 'boot-2', 0, forever);
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
  const hungUp = desk.take('bremen', 'boot-1', 20_000, line.signal);
  line.abort();
  const asked = desk.ask('bremen', order('a'), forever);
  expect(await hungUp).toEqual([]);
  const [taken] = await desk.take('bremen', 'boot-1', 20_000, forever);
  desk.answer('bremen', taken?.ticket ?? '', gone);
  expect(await asked).toEqual(gone);
  await clock.advance(1);
});
