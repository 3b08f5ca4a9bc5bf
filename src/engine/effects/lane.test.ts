import { expect, test } from 'vitest';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import type { Errand } from './errand.ts';
import { openGate } from './gate.ts';
import { lane } from './lane.ts';

const limits = { concurrencyMax: 4, rateMax: 100, timeoutMs: 1_000, failuresMax: 3, retryFirstMs: 100, retryMaxMs: 1_000, patienceMs: 60_000, backlogMax: 100 };

/** A lane looks at these fields of an errand only. */
function errand(fields: Partial<Errand> = {}): Errand {
  return { queue: 'PO-1', query: false, asked: false, rank: 1, durable: true, notBeforeMs: 0, status: 'open', ...fields } as Errand;
}

function busyLane() {
  const to = lane('erp', limits, virtualClock(), () => 0.5);
  const first = errand();
  to.join(first);
  to.want(first);
  expect(to.admit(first)).toBe(true);
  return { to, first };
}

test('an effect that is being sent is not wished for again when a query about the same entity ends', () => {
  const { to } = busyLane();
  const query = errand({ query: true });
  to.join(query);
  to.leave(query);
  expect([...to.wanting()]).toEqual([]);
});

test('an effect that is being sent is not wished for again when one behind it is cancelled', () => {
  const { to } = busyLane();
  const behind = errand();
  to.join(behind);
  to.leave(behind);
  expect([...to.wanting()]).toEqual([]);
});

test('the next of an entity is wished for when the first has ended', () => {
  const { to, first } = busyLane();
  const next = errand();
  to.join(next);
  to.leave(first);
  expect([...to.wanting()]).toEqual([next]);
});

test('where the next call may go while it is still being reckoned when it may, it is looked for at once; what a closed gate holds is not', async () => {
  const clock = virtualClock();
  let gate = openGate;
  const to = lane(
    'erp',
    { ...limits, rateMax: 1 },
    clock,
    () => 0.5,
    () => gate,
  );
  const [first, second] = [errand(), errand({ queue: 'PO-2' })];
  for (const each of [first, second]) {
    to.join(each);
    to.want(each);
  }
  expect(to.admit(first)).toBe(true);
  expect(to.hasRoom()).toBe(false);
  expect(to.wakeAtMs()).toBe(clock.steady() + 1_000);
  await clock.advance(1_000);
  expect(to.wakeAtMs()).toBe(clock.steady());
  gate = { posts: false, calls: false, firm: true, why: 'paused' };
  expect(to.wakeAtMs()).toBe(undefined);
});
