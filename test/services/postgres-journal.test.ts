// What a hub on PostgreSQL has committed and not written to its tables yet.
import { randomBytes } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Clock } from '../../src/kernel/clock.ts';
import { realClock } from '../../src/run/real-clock.ts';
import { memoryStore } from '../../src/store/memory/memory-store.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { eventAppend } from '../../src/store/store-samples.ts';
import { everything, someChanges, storyOf } from '../../src/store/store-story.ts';
import { query } from './own-postgres.ts';

const url = process.env['LINESHAFT_POSTGRES'];

describe.skipIf(url === undefined)('the journal on PostgreSQL (skipped without LINESHAFT_POSTGRES)', () => {
  const address = url ?? '';

  test('a look back for events writes the tables only where one of their type waits in the journal', async () => {
    const schema = `t${randomBytes(6).toString('hex')}`;
    onTestFinished(async () => void (await query(address, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)));
    // It writes nothing by itself.
    const clock: Clock = { now: () => 0, steady: () => 0, at: () => () => undefined, after: () => () => undefined };
    const store = await openPostgresStore({ url: address, schema, hub: 'one', clock });
    onTestFinished(() => store.close());
    const waiting = async () => (await query(address, `SELECT batch FROM ${schema}.journal`)).length;
    const look = async (type: string, after: number) => (await store.eventsMatching({ type, keys: { order: 'PO-1' }, after, limit: 10 })).map(({ id }) => id);
    await store.commit([eventAppend('e1', { type: 'a.v1', keys: { order: 'PO-1' } }), eventAppend('e2', { type: 'b.v1', keys: { order: 'PO-1' } })]);
    expect([await look('c.v1', 0), await look('a.v1', 1), await waiting()]).toEqual([[], [], 1]);
    const under = store.commit([eventAppend('e3', { type: 'a.v1', keys: { order: 'PO-1' } })]);
    expect([await look('a.v1', 0), await waiting(), await look('b.v1', 0)]).toEqual([['e1', 'e3'], 0, ['e2']]);
    await under;
  });

  test.for([1, 2, 3])('whatever is committed, read, killed and opened again, in any order, the store answers like the one in memory (seed %d)', async (seed) => {
    const schema = `t${randomBytes(6).toString('hex')}`;
    onTestFinished(async () => void (await query(address, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)));
    const story = storyOf(seed);
    const { pick, runs } = story;
    const memory = memoryStore();
    const opened = () => openPostgresStore({ url: address, schema, hub: 'one', clock: realClock });
    let store = await opened();
    onTestFinished(() => store.close());
    for (let round = 0; round < 150; round += 1) {
      const lists = Array.from({ length: 1 + pick(3) }, () => someChanges(story));
      const answers = lists.map((list) => store.commit(list));
      // The tables are written meanwhile.
      const read = pick(6) === 0 ? store.lastPosition() : undefined;
      for (const [index, list] of lists.entries()) expect(await answers[index]).toEqual(await memory.commit(list));
      await read;
      if (pick(12) === 0) await store.lastPosition();
      const isKilled = pick(25) === 0;
      if (isKilled || pick(40) === 0) {
        const before = store;
        if (!isKilled) await before.close();
        store = await opened();
        // What is left of one that was killed can do nothing any more.
        if (isKilled) await before.close();
      }
      if (pick(50) === 0) expect(await everything(store, runs)).toEqual(await everything(memory, runs));
    }
    expect(await everything(store, runs)).toEqual(await everything(memory, runs));
  });
});
