// Who holds a log on PostgreSQL: one hub at a time, and what a takeover waits for.
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { auditAdd, eventAppend, runSet, runStart, stepAdd, stepSet } from '../../src/store/store-samples.ts';
import { realClock } from '../../src/run/real-clock.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { until } from '../until.ts';
import { query } from './own-postgres.ts';
import { openAt, sharedSchema, stillClock, url } from './postgres-schema.ts';

describe.skipIf(url === undefined)('who holds a PostgreSQL (skipped without LINESHAFT_POSTGRES)', () => {
  const address = url ?? '';

  test('two hubs that come at once lay the schema out once, and one of them holds it', async () => {
    const schema = sharedSchema();
    const both = await Promise.allSettled([openAt(address, schema, { hub: 'one' }), openAt(address, schema, { hub: 'two' })]);
    const refused = both.flatMap((each): unknown[] => (each.status === 'rejected' ? [each.reason] : []));
    for (const each of both) if (each.status === 'fulfilled') await each.value.close();
    expect(refused).toMatchObject([{ code: 'STORE_HELD' }]);
  });

  test('another hub is refused while this one lives, in words that name it, and welcome when it has closed', async () => {
    const schema = sharedSchema();
    const first = await openAt(address, schema, { hub: 'north' });
    await expect(openAt(address, schema, { hub: 'south' })).rejects.toMatchObject({
      code: 'STORE_HELD',
      message: expect.stringMatching(/held by the hub north@.+ for another \d+ s/),
    });
    await first.commit([eventAppend('e1')]);
    await first.close();
    const second = await openAt(address, schema, { hub: 'south' });
    expect(await second.commit([eventAppend('e1'), eventAppend('e2')])).toMatchObject([
      { position: 1, duplicate: true },
      { position: 2, duplicate: false },
    ]);
    await second.close();
  });

  test('a hub that renews is held through many leases; one that is silent for a lease is taken over, and can commit nothing more', async () => {
    const schema = sharedSchema();
    const told: unknown[] = [];
    // A clock that stands still: this hub never renews by itself, as one that is stopped does not.
    const stopped = await openAt(address, schema, {
      hub: 'stopped',
      leaseMs: 1_000,
      clock: { now: () => 0, steady: () => 0, at: () => () => undefined, after: () => () => undefined },
      onTakenOver: (reason) => told.push(reason),
    });
    await stopped.commit([eventAppend('e1')]);
    const heir = await until('a takeover', () => openAt(address, schema, { hub: 'heir', leaseMs: 600 }).catch(() => undefined));
    await expect(stopped.commit([eventAppend('late')])).rejects.toMatchObject({ code: 'STORE_TAKEN_OVER' });
    const [before] = await query(address, `SELECT expires FROM ${schema}.holder`);
    await until('the lease grew', async () => String((await query(address, `SELECT expires FROM ${schema}.holder`))[0]?.['expires']) !== String(before?.['expires']));
    await expect(openAt(address, schema, { hub: 'third' })).rejects.toMatchObject({ code: 'STORE_HELD' });
    expect((await heir.eventsAfter(0, 10)).map(({ id }) => id)).toEqual(['e1']);
    await stopped.close();
    await expect(openAt(address, schema, { hub: 'third' })).rejects.toMatchObject({ code: 'STORE_HELD' });
    await heir.close();
    expect(told).toEqual([]);
  });

  test("a hub whose machine's clock is set back goes on renewing and writing its tables, and counts on no lease for longer", async () => {
    const schema = sharedSchema();
    let aheadMs = 0;
    const leaseMs = 1_200;
    const store = await openPostgresStore({ url: address, schema, hub: 'set back', leaseMs, clock: { ...realClock, now: () => realClock.now() + aheadMs } });
    onTestFinished(() => store.close());
    await store.commit([eventAppend('e1')]);
    aheadMs = -3_600_000;
    expect(store.heldForMs()).toBeLessThanOrEqual(leaseMs);
    await until('the tables are written', async () => (await query(address, `SELECT id FROM ${schema}.event`)).length === 1);
    const expires = async () => String((await query(address, `SELECT expires FROM ${schema}.holder`))[0]?.['expires']);
    const before = await expires();
    await until('the lease grew', async () => (await expires()) !== before);
    expect(store.heldForMs()).toBeLessThanOrEqual(leaseMs);
    // Set right again: it seems silent for an hour, until it has renewed.
    aheadMs = 0;
    await until('it counts on its lease again', () => store.heldForMs() > 0);
  });

  test('a hub that only waits is told that another took over', async () => {
    const schema = sharedSchema();
    let tell: (reason: unknown) => void = () => undefined;
    const told = new Promise((resolve) => (tell = resolve));
    const store = await openAt(address, schema, { leaseMs: 300, onTakenOver: (reason) => tell(reason) });
    await query(address, `UPDATE ${schema}.holder SET epoch = epoch + 1, hub = 'other@there'`);
    expect(await told).toMatchObject({ code: 'STORE_TAKEN_OVER' });
    await store.close();
  });

  test('a takeover waits for the end of a commit that has passed the fence, and goes on after what it wrote', async () => {
    const schema = sharedSchema();
    const first = await openAt(address, schema);
    onTestFinished(() => first.close());
    await first.commit([eventAppend('e1')]);
    // The tables are written, so that nothing else is on its way.
    await first.lastPosition();
    const [held] = await query(address, `SELECT epoch, batch FROM ${schema}.holder`);
    const late = new pg.Client({ connectionString: address });
    await late.connect();
    onTestFinished(() => late.end());
    // What a hub does that is stopped between its fence and its COMMIT.
    await late.query(`SET search_path = ${schema}`);
    await late.query('BEGIN');
    await late.query('SELECT fence($1, $2, 15000)', [held?.['epoch'], Number(held?.['batch']) + 1]);
    const heir = openAt(address, schema);
    await until('the heir waits', async () => {
      const waiting = await query(address, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM holder FOR UPDATE%' AND pid <> pg_backend_pid()");
      return waiting.length > 0;
    });
    await late.query('INSERT INTO journal VALUES ($1, $2)', [Number(held?.['batch']) + 1, JSON.stringify([eventAppend('e2')])]);
    await late.query('COMMIT');
    expect(await (await heir).commit([eventAppend('e3')])).toEqual([{ position: 3, duplicate: false }]);
    await expect(late.query('SELECT fence($1, $2, 15000)', [held?.['epoch'], Number(held?.['batch']) + 2])).rejects.toMatchObject({ code: 'LS001' });
    await Promise.all([first.close(), (await heir).close()]);
  });

  test('a commit that comes while a takeover is under way waits for its end, and is refused', async () => {
    const schema = sharedSchema();
    const store = await openAt(address, schema);
    onTestFinished(() => store.close());
    await store.commit([eventAppend('e1')]);
    await store.lastPosition();
    const heir = new pg.Client({ connectionString: address });
    await heir.connect();
    onTestFinished(() => heir.end());
    // What takeHold() does. To a look without a lock the epoch is still that of before.
    await heir.query(`SET search_path = ${schema}`);
    await heir.query('BEGIN');
    await heir.query("UPDATE holder SET epoch = epoch + 1, hub = 'heir@there'");
    const late = store.commit([eventAppend('late')]);
    late.catch(() => undefined);
    await until('the commit waits', async () => (await query(address, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'SELECT fence%'")).length > 0);
    await heir.query('COMMIT');
    await expect(late).rejects.toMatchObject({ code: 'STORE_TAKEN_OVER' });
    expect(await query(address, `SELECT id FROM ${schema}.event UNION ALL SELECT body FROM ${schema}.journal`)).toEqual([{ id: 'e1' }]);
  });

  test('the same hub goes on at once after it was killed', async () => {
    const schema = sharedSchema();
    const killed = await openAt(address, schema);
    await killed.commit([eventAppend('e1')]);
    const again = await openAt(address, schema);
    expect(await again.commit([eventAppend('e2')])).toMatchObject([{ position: 2 }]);
    await expect(killed.commit([eventAppend('e3')])).rejects.toMatchObject({ code: 'STORE_TAKEN_OVER' });
    await Promise.all([killed.close(), again.close()]);
  });

  test('what a hub that was killed had committed and not written to the tables is there for the next, and goes on from there', async () => {
    const schema = sharedSchema();
    const killed = await openAt(address, schema, { clock: stillClock });
    const half = '\ud800';
    const story = (run: string) => [eventAppend(`e-${run}`), runStart(run), stepAdd(run, 's1'), stepSet(run, 's1', 'sent')];
    const first = await killed.commit([...story('r1'), auditAdd('kept'), eventAppend(`e${half}`)]);
    await killed.commit([stepSet('r1', 's1', 'done', { done: 1 }), runSet('r1', 'done'), ...story('r2')]);
    expect(await query(address, `SELECT id FROM ${schema}.event`)).toEqual([]);
    const heir = await openAt(address, schema);
    onTestFinished(() => heir.close());
    onTestFinished(() => killed.close());
    expect(await query(address, `SELECT batch FROM ${schema}.journal`)).toEqual([]);
    await expect(killed.commit([eventAppend('late')])).rejects.toMatchObject({ code: 'STORE_TAKEN_OVER' });
    expect(first).toMatchObject([{ position: 1 }, { taken: true }, { revision: 1, order: 1 }, {}, {}, { position: 2 }]);
    expect(await heir.steps('r1')).toMatchObject([{ id: 's1', status: 'done', done: 1, revision: 1, order: 1 }]);
    expect(await heir.steps('r2')).toMatchObject([{ id: 's1', status: 'sent', revision: 2, order: 2 }]);
    expect((await heir.audit({ limit: 10 })).map(({ subject }) => subject)).toEqual(['kept']);
    expect(await heir.commit([eventAppend('e\ufffd'), eventAppend('e3'), runStart('r3'), stepAdd('r3', 's1')])).toMatchObject([
      { position: 2, duplicate: true },
      { position: 4, duplicate: false },
      { taken: true },
      { revision: 3, order: 3 },
    ]);
  });

  test('a takeover waits for the end of a write of the tables, and the hub before can write them no more', async () => {
    const schema = sharedSchema();
    const before = await openAt(address, schema, { clock: stillClock });
    onTestFinished(() => before.close());
    await before.commit([eventAppend('e1')]);
    await before.lastPosition();
    await before.commit([eventAppend('e2'), auditAdd('once')]);
    const [held] = await query(address, `SELECT epoch, line, batch FROM ${schema}.mover`);
    const late = new pg.Client({ connectionString: address, options: `-c search_path=${schema}` });
    await late.connect();
    onTestFinished(() => late.end());
    await late.query('BEGIN');
    await late.query('SELECT fence_move($1, $2, $3)', [held?.['epoch'], held?.['line'], Number(held?.['batch']) + 1]);
    const opening = openAt(address, schema);
    await until(
      'the heir waits',
      async () => (await query(address, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE mover SET epoch%'")).length > 0,
    );
    await late.query('COMMIT');
    const heir = await opening;
    onTestFinished(() => heir.close());
    await expect(late.query('SELECT fence_move($1, $2, $3)', [held?.['epoch'], held?.['line'], Number(held?.['batch']) + 2])).rejects.toMatchObject({ code: 'LS001' });
    await heir.commit([auditAdd('of the heir')]);
    // It reads what the heir has written, and writes nothing.
    expect((await before.audit({ limit: 10 })).map(({ subject }) => subject)).toContain('once');
    await expect(before.commit([auditAdd('late')])).rejects.toMatchObject({ code: 'STORE_TAKEN_OVER' });
    expect((await heir.audit({ limit: 10 })).map(({ subject }) => subject)).toEqual(['of the heir', 'once']);
    expect((await heir.eventsAfter(0, 10)).map(({ id }) => id)).toEqual(['e1', 'e2']);
  });
});
