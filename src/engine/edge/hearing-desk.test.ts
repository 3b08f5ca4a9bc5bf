import { expect, test } from 'vitest';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import type { RawGap } from '../../model/source.ts';
import { memoryEdgeStore } from '../../store/memory/memory-edge-store.ts';
import { openHearingDesk } from './hearing-desk.ts';
import { sourceMeter } from './source-meter.ts';

/** One life of an edge, on the store of those before it. */
async function life(store = memoryEdgeStore(), startMs = 10_000, { addresses = ['a', 'b'], takesUp = false } = {}) {
  const clock = virtualClock(startMs);
  const gaps: RawGap[] = [];
  const desk = await openHearingDesk({ store, gaps: { put: (_source, batch) => void gaps.push(...batch) }, clock, log: () => undefined, changed: () => undefined });
  const meter = sourceMeter(clock);
  const hearing = desk.of({ source: 'floor', addresses, takesUp, holding: undefined, meter });
  return {
    store,
    gaps,
    hearing,
    hear(address: string, atMs: number) {
      const batch = [{ address, value: 1, atMs, quality: 'good' as const }];
      meter.note(batch);
      hearing.samples(batch);
    },
    open: () => desk.open(10).gaps.map(({ address, sinceMs }) => [address, sinceMs]),
    flush: () => desk.flush(),
    /** As with the rules' states, whatever is written by then. */
    checkpoint: () => store.commit({ states: new Map([[desk.storedAs, desk.stateText()]]), append: [] }),
  };
}

async function heardBoth() {
  const first = await life();
  first.hear('a', 1_000);
  first.hear('b', 2_000);
  await first.flush();
  await first.checkpoint();
  return first.store;
}

test('what came while no edge was there is one gap of each address, from where all was heard to its next value', async () => {
  const next = await life(await heardBoth());
  expect(next.open()).toEqual([
    ['a', 2_000],
    ['b', 2_000],
  ]);
  next.hear('a', 8_000);
  next.hear('a', 9_000);
  expect(next.gaps).toEqual([{ address: 'a', afterMs: 2_000, beforeMs: 8_000, reason: 'the edge was away' }]);
  expect(next.open()).toEqual([['b', 2_000]]);
});

test('a value from before it ended nothing, as one that a broker retains', async () => {
  const next = await life(await heardBoth());
  next.hear('b', 1_500);
  expect([next.gaps, next.open().length]).toEqual([[], 2]);
});

test('an address that was never heard lacks nothing, and one that no signal names any more is not waited for', async () => {
  const next = await life(await heardBoth(), 10_000, { addresses: ['b', 'c'] });
  expect(next.open()).toEqual([['b', 2_000]]);
  next.hear('c', 8_000);
  expect(next.gaps).toEqual([]);
});

test('of what the other side has kept, nothing is missing', async () => {
  const next = await life(await heardBoth());
  next.hearing.kept();
  next.hear('a', 8_000);
  await next.flush();
  expect([next.gaps, next.open(), (await next.store.heard()).filter(({ missing }) => missing)]).toEqual([[], [], []]);
});

test('an edge that is killed again before an address came tells that one from its first end on', async () => {
  const second = await life(await heardBoth());
  second.hear('a', 8_000);
  await second.flush();
  await second.checkpoint();
  const third = await life(second.store, 30_000);
  third.hear('b', 29_000);
  expect(third.gaps).toEqual([{ address: 'b', afterMs: 2_000, beforeMs: 29_000, reason: 'the edge was away' }]);
});

test('the mark stays where it is while an address that was heard is not written: nobody would know that it lacks something', async () => {
  const first = await life();
  first.hear('a', 1_000);
  await first.flush();
  await first.checkpoint();
  first.hear('b', 5_000);
  await first.checkpoint();
  expect((await life(first.store)).open()).toEqual([['a', 1_000]]);
  await first.flush();
  await first.checkpoint();
  expect((await life(first.store)).open()).toEqual([
    ['a', 5_000],
    ['b', 5_000],
  ]);
});

test('a source that takes up by itself is given what may be missing, and ends it by its own word', async () => {
  const next = await life(await heardBoth(), 10_000, { takesUp: true });
  expect(next.hearing.earlier?.absences.get('a')).toEqual({ address: 'a', sinceMs: 2_000, reason: 'the edge was away', isOfEnd: true });
  next.hear('a', 8_000);
  expect([next.gaps, next.open().length]).toEqual([[], 2]);
  next.hearing.whole(['a']);
  expect(next.open()).toEqual([['b', 2_000]]);
});
