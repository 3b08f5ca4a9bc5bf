import { expect, test } from 'vitest';
import { Fault } from '../../kernel/errors.ts';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { memoryStore } from '../../store/memory/memory-store.ts';
import { eventAppend } from '../../store/store-samples.ts';
import type { Store } from '../../store/store.ts';
import { pipeline } from './pipeline.ts';

/** A store of which every commit waits until it is let go, in the order of asking; one that is refused takes those behind it with it. */
function heldStore(overlapping: boolean) {
  const inner = memoryStore();
  const held: { readonly ids: string; go(): void; refuse(): void }[] = [];
  const commit: Store['commit'] = (changes) =>
    new Promise((resolve, reject) => {
      const refusal = (): void => reject(new Fault('STORE_UNAVAILABLE', 'no room'));
      held.push({
        ids: changes.map((change) => ('id' in change ? change.id : '')).join(','),
        go: () => void inner.commit(changes).then(resolve, reject),
        refuse() {
          for (const { refuse } of held.splice(0)) refuse();
          refusal();
        },
      });
    });
  return { store: { ...inner, overlapping, commit }, inner, held };
}

/** What the pipeline does by itself now. */
async function still(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function opened(overlapping: boolean) {
  const { store, inner, held } = heldStore(overlapping);
  const clock = virtualClock();
  const told: string[] = [];
  const writable: boolean[] = [];
  const log = pipeline({
    store,
    clock,
    onBug(error) {
      throw error;
    },
    onWritable: (now) => writable.push(now),
  });
  const add = (id: string): void => log.add([eventAppend(id)], ([result]) => told.push(`${id} ${JSON.stringify(result)}`));
  const asked = (): readonly string[] => held.map(({ ids }) => ids);
  const letGo = async (): Promise<void> => {
    held.shift()?.go();
    await still();
  };
  return { log, add, asked, letGo, held, told, writable, clock, inner };
}

test('one transaction is under way at a time, and the next takes all that came meanwhile', async () => {
  const { add, asked, letGo, told } = opened(false);
  add('a');
  await still();
  for (const id of ['b', 'c', 'd']) add(id);
  await still();
  expect(asked()).toEqual(['a']);
  await letGo();
  expect(asked()).toEqual(['b,c,d']);
  expect(told).toEqual(['a {"position":1,"duplicate":false}']);
});

test('where the store takes a second one, it is asked as soon as half as much waits, and for no third', async () => {
  const { add, asked, letGo, told, log } = opened(true);
  for (const id of ['a', 'b', 'c', 'd']) add(id);
  await still();
  add('e');
  await still();
  expect(asked()).toEqual(['a,b,c,d']);
  add('f');
  await still();
  expect(asked()).toEqual(['a,b,c,d', 'e,f']);
  for (const id of ['g', 'h', 'i']) add(id);
  await still();
  expect(asked()).toEqual(['a,b,c,d', 'e,f']);
  await letGo();
  expect(asked()).toEqual(['e,f', 'g,h,i']);
  await letGo();
  await letGo();
  await log.drained();
  expect(told.map((line) => line.slice(0, 1)).join('')).toBe('abcdefghi');
});

test('what is told out of order is handed out in order', async () => {
  const { add, held, told } = opened(true);
  add('a');
  await still();
  add('b');
  await still();
  held[1]?.go();
  await still();
  expect(told).toEqual([]);
  held[0]?.go();
  await still();
  expect(told.map((line) => line.slice(0, 1))).toEqual(['a', 'b']);
});

test('what was refused is asked for again, one after the other and in its order, before anything else', async () => {
  const { add, asked, held, letGo, told, writable, clock, log } = opened(true);
  add('a');
  await still();
  add('b');
  await still();
  add('c');
  held[0]?.refuse();
  await still();
  expect(asked()).toEqual([]);
  expect(writable).toEqual([false]);
  expect(log.writable()).toBe(false);
  await clock.advance(500);
  expect(asked()).toEqual(['a']);
  held[0]?.refuse();
  await still();
  await clock.advance(500);
  expect(asked()).toEqual(['a']);
  await letGo();
  expect(told).toEqual(['a {"position":1,"duplicate":false}']);
  expect(asked()).toEqual(['b']);
  await letGo();
  expect(asked()).toEqual(['c']);
  await letGo();
  await log.drained();
  expect(told.map((line) => line.slice(0, 1)).join('')).toBe('abc');
  expect(writable).toEqual([false, true]);
});
