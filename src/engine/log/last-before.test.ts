import { expect, test } from 'vitest';
import { memoryStore } from '../../store/memory/memory-store.ts';
import { eventAppend, runStart } from '../../store/store-samples.ts';
import { lastBefore } from './last-before.ts';

/** Ten events, one a second; the first has an open run, and so it stayed when the next four were dropped. */
async function oldLog() {
  const store = memoryStore();
  for (let at = 1; at <= 10; at += 1) await store.commit([eventAppend(`e-${at}`, { receivedMs: at * 1_000 }), ...(at === 1 ? [runStart('r-1', { position: 1 })] : [])]);
  expect(await store.compact('events', '', { beforeMs: 6_000, fromPosition: 100, quarantinedFromMs: 0, auditThrough: 0, limit: 100 })).toMatchObject({ dropped: 4 });
  return store;
}

test('of a log from which events were dropped, none that is left is taken for older or younger than it is', async () => {
  const store = await oldLog();
  const left: number[][] = [];
  for (const ms of [500, 1_000, 1_001, 3_000, 6_000, 6_001, 7_000, 10_000, 10_001]) {
    const after = await lastBefore(store, ms);
    left.push((await store.eventsAfter(after, 100)).map(({ position }) => position));
  }
  const all = [1, 6, 7, 8, 9, 10];
  expect(left).toEqual([all, all, all.slice(1), all.slice(1), all.slice(1), all.slice(2), all.slice(2), [10], []]);
});

test('an empty log has nothing before any time', async () => {
  expect(await lastBefore(memoryStore(), 5)).toBe(0);
});
