import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runSet, runStart, stepAdd } from '../store-samples.ts';
import type { Store } from '../store.ts';
import { openSqliteStore } from './sqlite-store.ts';

const runs = 5_000;

/** More runs than are learnt in one go: those of even numbers are done and their steps packed, the others wait in a step of their own row. */
async function fill(store: Store): Promise<void> {
  for (let from = 0; from < runs; from += 500)
    await store.commit(
      Array.from({ length: 500 }, (_, offset) => from + offset).flatMap((number) => {
        const isDone = number % 2 === 0;
        const step = stepAdd(`r${number}`, 's1', { entity: `PO-${number}`, status: isDone ? 'done' : 'open' });
        return [runStart(`r${number}`), step, ...(isDone ? [runSet(`r${number}`, 'done')] : [])];
      }),
    );
}

/** What the store says to the same run, and to a new run's effect on the same order. */
async function askedAgain(store: Store, number: number): Promise<readonly unknown[]> {
  const [again, fresh, revised] = await store.commit([runStart(`r${number}`), runStart(`new-${number}`), stepAdd(`new-${number}`, 's1', { entity: `PO-${number}` })]);
  return [again, fresh, revised && { taken: revised.taken, revision: revised.revision }];
}

test('a store that was opened again knows the runs and revisions it had, before it has learnt their names and after', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lineshaft-store-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'hub.db');
  const before = await openSqliteStore(file);
  await fill(before);
  await before.close();

  const store = await openSqliteStore(file);
  const known = [{ taken: false }, { taken: true }, { taken: true, revision: 2 }];
  expect(await askedAgain(store, runs - 1)).toEqual(known);
  expect(await askedAgain(store, runs - 2)).toEqual(known);
  // Each commit is followed by some learning: by now all of it is learnt.
  for (let number = 1; number < 100; number += 1) expect(await askedAgain(store, number)).toEqual(known);
  expect(await askedAgain(store, 0)).toEqual(known);
  await store.close();
});
