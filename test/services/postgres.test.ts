// The hub's store on a real PostgreSQL: the suite of the port, what it refuses to start on, and a server that dies under it.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { pipeline } from '../../src/engine/log/pipeline.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import { realClock } from '../../src/run/real-clock.ts';
import { checkFitness } from '../../src/store/postgres/fitness.ts';
import { hubPostgresMigrations } from '../../src/store/migrations/hub-postgres.ts';
import { openPostgresStore, type PostgresStoreOptions } from '../../src/store/postgres/postgres-store.ts';
import type { Session } from '../../src/store/postgres/session.ts';
import { memoryStore } from '../../src/store/memory/memory-store.ts';
import { auditAdd, eventAppend, exceptionOpen, exceptionRecord, runSet, runStart, stepAdd, stepSet } from '../../src/store/store-samples.ts';
import { everything } from '../../src/store/store-story.ts';
import type { StoreSubject } from '../../src/store/store-subject.ts';
import { storeSuite } from '../../src/store/store-suite.ts';
import type { Change, ChangeResult, Store } from '../../src/store/store.ts';
import { startDemo } from '../scenarios/demo-process.ts';
import { until } from '../until.ts';
import { ownPostgres, postgresBin, query } from './own-postgres.ts';
import { tcpGate } from './tcp-gate.ts';

const url = process.env['LINESHAFT_POSTGRES'];
const hasProgram = postgresBin() !== undefined;

test('PostgreSQL is there', ({ skip }) => {
  const missing = [
    ...(url === undefined ? ['LINESHAFT_POSTGRES names no database: start one with "scripts/services.sh start postgres", and give the address that it prints'] : []),
    ...(hasProgram ? [] : ['PostgreSQL 15 or newer is not on this machine']),
  ];
  if (process.env['CI'] === 'true') expect(missing).toEqual([]);
  skip(missing.length > 0, missing.join('; '));
});

/** Other runs of this test may use the same server. */
const freshSchema = (): string => `t${randomBytes(6).toString('hex')}`;

function openAt(address: string, schema: string, over: Partial<PostgresStoreOptions> = {}): Promise<Store> {
  return openPostgresStore({ url: address, schema, hub: 'one', clock: realClock, ...over });
}

/** A schema on the shared server, gone after the test. */
function sharedSchema(): string {
  const schema = freshSchema();
  onTestFinished(async () => void (await query(url ?? '', `DROP SCHEMA IF EXISTS ${schema} CASCADE`)));
  return schema;
}

describe.skipIf(url === undefined)('a shared PostgreSQL (skipped without LINESHAFT_POSTGRES)', () => {
  const address = url ?? '';

  async function subject(): Promise<StoreSubject> {
    const schema = freshSchema();
    let store = await openAt(address, schema);
    return {
      store,
      async reopen() {
        await store.close();
        store = await openAt(address, schema);
        return store;
      },
      async dispose() {
        await store.close();
        await query(address, `DROP SCHEMA ${schema} CASCADE`);
      },
    };
  }

  storeSuite('postgres', subject, { describe, test, expect });

  test('a schema of a newer program is refused and left as it was', async () => {
    const schema = sharedSchema();
    await (await openAt(address, schema)).close();
    const next = hubPostgresMigrations.length + 1;
    await query(address, `INSERT INTO ${schema}.migration (number, name, checksum) VALUES (${next}, 'hub-postgres-next', 'abc')`);
    for (let attempt = 0; attempt < 2; attempt += 1)
      await expect(openAt(address, schema)).rejects.toMatchObject({ code: 'STORE_NEWER', message: expect.stringContaining(`layout ${next}`) });
  });

  test('a migration that is not what was applied is refused', async () => {
    for (const change of ["checksum = 'abc'", "name = 'edge-001'", 'number = number + 100']) {
      const schema = sharedSchema();
      await (await openAt(address, schema)).close();
      await query(address, `UPDATE ${schema}.migration SET ${change}`);
      await expect(openAt(address, schema)).rejects.toMatchObject({ code: 'STORE_DIVERGED' });
    }
  });

  test('a schema of another program is refused, its tables left alone', async () => {
    const schema = sharedSchema();
    await query(address, `CREATE SCHEMA ${schema}`);
    await query(address, `CREATE TABLE ${schema}.customers (name text)`);
    await expect(openAt(address, schema)).rejects.toMatchObject({ code: 'STORE_DIVERGED' });
    expect(await query(address, `SELECT tablename FROM pg_tables WHERE schemaname = '${schema}'`)).toEqual([{ tablename: 'customers' }]);
  });

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

  test('a commit whose answer was lost is done once, whether it had arrived or not', async () => {
    const schema = sharedSchema();
    const { hostname, port, username, password, pathname } = new URL(address);
    await using gate = await tcpGate(hostname, Number(port));
    const said: unknown[] = [];
    const store = await openAt(`postgres://${username}:${password}@127.0.0.1:${gate.port}${pathname}`, schema, { log: (_message, details) => said.push(details?.['commit']) });
    onTestFinished(() => store.close());
    const batch = async (): Promise<number> => Number((await query(address, `SELECT batch FROM ${schema}.holder`))[0]?.['batch']);
    await store.commit([eventAppend('e1')]);
    // The tables are written, so that nothing else is on its way.
    await store.lastPosition();
    const before = await batch();

    // These changes need to know nothing of what is there, so that the first thing to lose its answer is the commit.
    gate.mute();
    const arrived = store.commit([auditAdd('arrived')]);
    await until('the commit is in the database', async () => (await batch()) === before + 1);
    gate.cut();
    expect(await arrived).toEqual([{}]);
    await store.lastPosition();

    gate.deafen();
    const lost = store.commit([auditAdd('lost')]);
    await new Promise((resolve) => setImmediate(resolve));
    gate.cut();
    expect(await lost).toEqual([{}]);
    expect((await store.audit({ limit: 10 })).map(({ subject }) => subject)).toEqual(['lost', 'arrived']);
    expect(await store.commit([eventAppend('e2')])).toEqual([{ position: 2, duplicate: false }]);
    expect(said.filter((each) => each !== undefined)).toEqual(['is in it', 'is not in it and is done again']);
  });

  test('a run begins anew after it was dropped, also where the answer to the dropping was lost for good', async () => {
    const schema = sharedSchema();
    const { hostname, port, username, password, pathname } = new URL(address);
    await using gate = await tcpGate(hostname, Number(port));
    const store = await openAt(`postgres://${username}:${password}@127.0.0.1:${gate.port}${pathname}`, schema);
    onTestFinished(() => store.close());
    const story = (position: number, id = position) => [eventAppend(`e${id}`, { receivedMs: 1 }), runStart(`r${id}`, { position }), runSet(`r${id}`, 'done', { endedMs: 1 })];
    await store.commit([...story(1), ...story(2)]);
    await store.lastPosition();
    const other = new pg.Client({ connectionString: address });
    await other.connect();
    onTestFinished(() => other.end());
    await other.query('BEGIN');
    await other.query(`SELECT epoch FROM ${schema}.holder FOR UPDATE`);
    const dropping = store.compact('events', '', { beforeMs: 1_000, fromPosition: 100, quarantinedFromMs: 0, auditThrough: 0, limit: 10 });
    dropping.catch(() => undefined);
    await until('it waits', async () => (await query(address, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'SELECT fence%'")).length > 0);
    gate.mute();
    await other.query('COMMIT');
    await until('it is dropped', async () => (await query(address, `SELECT 1 FROM ${schema}.run WHERE id = 'r1'`)).length === 0);
    gate.shut();
    gate.cut();
    await expect(dropping).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    gate.open();
    expect(await store.commit([...story(3, 1), stepAdd('r1', 's')])).toMatchObject([{ position: 3, duplicate: false }, { taken: true }, {}, { taken: true }]);
    expect(await store.steps('r1')).toMatchObject([{ run: 'r1', id: 's' }]);
  });

  /** From now on the server refuses to add to a table so many times, with this code (PostgreSQL documentation, appendix A); gives how to end that. */
  async function refusing(schema: string, table: 'journal' | 'audit', code: string, times: number): Promise<() => Promise<unknown>> {
    await query(address, `CREATE SEQUENCE ${schema}.refusals`);
    const body = `BEGIN IF nextval('${schema}.refusals') <= ${times} THEN RAISE EXCEPTION 'as told' USING ERRCODE = '${code}'; END IF; RETURN NULL; END`;
    await query(address, `CREATE FUNCTION ${schema}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$${body}$$`);
    await query(address, `CREATE TRIGGER refuse BEFORE INSERT ON ${schema}.${table} EXECUTE FUNCTION ${schema}.refuse()`);
    return () => query(address, `DROP FUNCTION ${schema}.refuse() CASCADE; DROP SEQUENCE ${schema}.refusals`);
  }

  test.for([
    ['40001', 'a serialization failure'],
    ['40P01', 'a deadlock'],
  ] as const)('what the server takes back with %s, %s, is done again at once, and once', async ([code]) => {
    const schema = sharedSchema();
    const store = await openAt(address, schema);
    onTestFinished(() => store.close());
    await store.commit([eventAppend('e1')]);
    const stop = await refusing(schema, 'journal', code, 3);
    expect(await store.commit([eventAppend('e2'), auditAdd('taken back')])).toEqual([{ position: 2, duplicate: false }, {}]);
    await stop();
    const stopTables = await refusing(schema, 'audit', code, 3);
    expect((await store.audit({ limit: 10 })).map(({ subject }) => subject)).toEqual(['taken back']);
    await stopTables();
    const end = await refusing(schema, 'journal', code, 1_000);
    await expect(store.commit([eventAppend('e3'), auditAdd('never')])).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('did not take the same commit'),
    });
    await end();
    expect(await store.commit([eventAppend('e4'), auditAdd('after')])).toEqual([{ position: 3, duplicate: false }, {}]);
    expect((await store.eventsAfter(0, 10)).map(({ id }) => id)).toEqual(['e1', 'e2', 'e4']);
    expect((await store.audit({ limit: 10 })).map(({ subject }) => subject)).toEqual(['after', 'taken back']);
  });

  test('a real deadlock costs a commit a moment', async () => {
    const schema = sharedSchema();
    const store = await openAt(address, schema);
    onTestFinished(() => store.close());
    await store.commit([eventAppend('e1'), runStart('r1')]);
    await store.lastPosition();
    const other = new pg.Client({ connectionString: address });
    await other.connect();
    onTestFinished(() => other.end());
    await other.query(`SET search_path = ${schema}`);
    await other.query('BEGIN');
    await other.query("UPDATE run SET reason = 'looked at' WHERE id = 'r1'");
    // What writes the tables holds the row of the holder and waits for the run.
    expect(await store.commit([runSet('r1', 'done')])).toEqual([{}]);
    const ends = store.run('r1');
    await until('it waits', async () => (await query(address, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE run SET%'")).length > 0);
    // Which of the two is sent away is the server's choice.
    const seen: unknown = await other.query('SELECT epoch FROM holder FOR UPDATE').catch((error: unknown) => error);
    await other.query('COMMIT');
    expect(seen instanceof Error && 'code' in seen ? seen.code : '40P01').toBe('40P01');
    expect(await ends).toMatchObject({ status: 'done' });
  });

  test('while the disk of the server is full nothing new is taken, and what waits is committed when there is room', async () => {
    const schema = sharedSchema();
    const store = await openAt(address, schema);
    onTestFinished(() => store.close());
    const told: boolean[] = [];
    const line = pipeline({
      store,
      clock: realClock,
      onBug: (error) => {
        throw error;
      },
      onWritable: (writable) => told.push(writable),
    });
    await line.commit([eventAppend('e1')]);
    const makeRoom = await refusing(schema, 'journal', '53100', 1_000_000);
    const waits = line.commit([eventAppend('e2'), auditAdd('waits')]);
    await until('the hub is told', () => !line.writable());
    expect((await store.eventsAfter(0, 10)).map(({ id }) => id)).toEqual(['e1']);
    await makeRoom();
    expect(await waits).toEqual([{ position: 2, duplicate: false }, {}]);
    expect([line.writable(), told]).toEqual([true, [false, true]]);
    await line.close();
  });

  test('while there is no room for the tables commits go on, and who reads waits and sees them all', async () => {
    const schema = sharedSchema();
    const said: string[] = [];
    const store = await openAt(address, schema, { log: (message) => said.push(message) });
    onTestFinished(() => store.close());
    const makeRoom = await refusing(schema, 'audit', '53100', 1_000_000);
    await store.commit([eventAppend('e1'), auditAdd('one')]);
    const read = store.audit({ limit: 10 });
    await until('the tables are refused', () => said.includes('what is committed waits in the journal'));
    expect(await store.commit([eventAppend('e1'), eventAppend('e2'), auditAdd('two')])).toEqual([{ position: 1, duplicate: true }, { position: 2, duplicate: false }, {}]);
    await makeRoom();
    expect((await read).map(({ subject }) => subject)).toEqual(['two', 'one']);
    expect(await query(address, `SELECT batch FROM ${schema}.journal`)).toEqual([]);
  });

  /** For a hub that does nothing by itself, as one that is stopped or was killed does not. */
  const stillClock: Clock = { now: () => 0, steady: () => 0, at: () => () => undefined, after: () => () => undefined };

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

  test('a commit that was asked for behind one that is refused is refused with it, though there is room for it, and both are done when they are asked for again', async () => {
    const schema = sharedSchema();
    const store = await openAt(address, schema);
    onTestFinished(() => store.close());
    await store.commit([eventAppend('e1')]);
    const makeRoom = await refusing(schema, 'journal', '53100', 1);
    const lists = [[eventAppend('e2')], [eventAppend('e3')], [auditAdd('third')]];
    const refusal = { status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } };
    expect(await Promise.allSettled(lists.map((list) => store.commit(list)))).toMatchObject([refusal, refusal, refusal]);
    expect(await Promise.all(lists.map((list) => store.commit(list)))).toEqual([[{ position: 2, duplicate: false }], [{ position: 3, duplicate: false }], [{}]]);
    expect((await store.eventsAfter(0, 10)).map(({ id }) => id)).toEqual(['e1', 'e2', 'e3']);
    await makeRoom();
  });

  test('what was sent behind a commit that the server takes back is done after it, once', async () => {
    const schema = sharedSchema();
    const store = await openAt(address, schema);
    onTestFinished(() => store.close());
    await store.commit([eventAppend('e1')]);
    const stop = await refusing(schema, 'journal', '40001', 1);
    expect(await Promise.all([store.commit([eventAppend('e2'), runStart('r1')]), store.commit([eventAppend('e2'), eventAppend('e3'), stepAdd('r1', 's1')])])).toMatchObject([
      [{ position: 2, duplicate: false }, { taken: true }],
      [
        { position: 2, duplicate: true },
        { position: 3, duplicate: false },
        { taken: true, revision: 1 },
      ],
    ]);
    await stop();
    expect((await store.eventsAfter(0, 10)).map(({ id }) => id)).toEqual(['e1', 'e2', 'e3']);
  });

  test('what asked the server for something while the commit before it failed is sent after that', async () => {
    const schema = sharedSchema();
    const store = await openAt(address, schema);
    onTestFinished(() => store.close());
    await store.commit([eventAppend('e1')]);
    await store.lastPosition();
    const stop = await refusing(schema, 'journal', '40001', 1);
    const other = new pg.Client({ connectionString: address });
    await other.connect();
    onTestFinished(() => other.end());
    await other.query('BEGIN');
    await other.query(`LOCK TABLE ${schema}.event IN ACCESS EXCLUSIVE MODE`);
    const both = Promise.all([store.commit([auditAdd('first')]), store.commit([eventAppend('e2'), auditAdd('second')])]);
    await until('the second asks', async () => (await query(address, `SELECT 1 FROM pg_locks WHERE NOT granted AND relation = '${schema}.event'::regclass`)).length > 0);
    await other.query('COMMIT');
    expect(await both).toEqual([[{}], [{ position: 2, duplicate: false }, {}]]);
    await stop();
    expect((await store.audit({ limit: 10 })).map(({ subject }) => subject)).toEqual(['second', 'first']);
  });

  test('of two commits whose answers were lost, each is done once, also where only the first had arrived', async () => {
    const schema = sharedSchema();
    const { hostname, port, username, password, pathname } = new URL(address);
    await using gate = await tcpGate(hostname, Number(port));
    const said: unknown[] = [];
    const store = await openAt(`postgres://${username}:${password}@127.0.0.1:${gate.port}${pathname}`, schema, { log: (_message, details) => said.push(details?.['commit']) });
    onTestFinished(() => store.close());
    await store.commit([eventAppend('e1')]);
    await store.lastPosition();
    const batch = async (): Promise<number> => Number((await query(address, `SELECT batch FROM ${schema}.holder`))[0]?.['batch']);
    const lock = randomBytes(3).readUIntBE(0, 3);
    const holding = new pg.Client({ connectionString: address });
    await holding.connect();
    onTestFinished(() => holding.end());
    const both = async (meanwhile: (first: number) => Promise<unknown>) => {
      const before = await batch();
      // The second waits in the server, behind its fence.
      await query(
        address,
        `CREATE FUNCTION ${schema}.wait() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NEW.batch = ${before + 2} THEN PERFORM pg_advisory_xact_lock(${lock}); END IF; RETURN NEW; END$$`,
      );
      await query(address, `CREATE TRIGGER wait BEFORE INSERT ON ${schema}.journal FOR EACH ROW EXECUTE FUNCTION ${schema}.wait()`);
      await holding.query(`SELECT pg_advisory_lock(${lock})`);
      gate.mute();
      const commits = Promise.all([store.commit([auditAdd(`first ${before}`)]), store.commit([auditAdd(`second ${before}`)])]);
      commits.catch(() => undefined);
      const waiting = await until('the second waits, and the first is in the database', async () => {
        const [row] = await query(address, `SELECT pid FROM pg_stat_activity WHERE wait_event = 'advisory' AND query LIKE 'SELECT fence_journal%'`);
        return (await batch()) === before + 1 && row;
      });
      await meanwhile(Number(waiting['pid']));
      gate.cut();
      expect(await commits).toEqual([[{}], [{}]]);
      await query(address, `DROP FUNCTION ${schema}.wait() CASCADE`);
      return [`first ${before}`, `second ${before}`];
    };
    const one = await both(async (pid) => {
      await query(address, `SELECT pg_terminate_backend(${pid}, 10000)`);
      await holding.query(`SELECT pg_advisory_unlock(${lock})`);
    });
    const other = await both(() => holding.query(`SELECT pg_advisory_unlock(${lock})`).then(() => until('both are in', async () => (await batch()) >= 3)));
    expect((await store.audit({ limit: 10 })).map(({ subject }) => subject)).toEqual([...one, ...other].toReversed());
    expect(said.filter((each) => each !== undefined).slice(0, 2)).toEqual(['is in it', 'is not in it and is done again']);
  });

  test('what a lost connection still has under way can do nothing once another one took its place', async () => {
    const schema = sharedSchema();
    const { hostname, port, username, password, pathname } = new URL(address);
    await using gate = await tcpGate(hostname, Number(port));
    const store = await openAt(`postgres://${username}:${password}@127.0.0.1:${gate.port}${pathname}`, schema);
    onTestFinished(() => store.close());
    await store.commit([eventAppend('e1')]);
    await store.lastPosition();
    const rows = async () => [...(await query(address, `SELECT epoch, line, batch FROM ${schema}.holder UNION ALL SELECT epoch, line, batch FROM ${schema}.mover`))];
    const before = await rows();
    gate.cut();
    await until('it is connected again', () => store.commit([eventAppend('e2')]).catch(() => undefined));
    await store.lastPosition();
    const now = await rows();
    for (const [index, call] of [
      [0, 'fence($1, $2, $3, 15000)'],
      [1, 'fence_move($1, $2, $3)'],
    ] as const) {
      expect(now[index]).toMatchObject({ epoch: before[index]?.['epoch'] });
      const late = new pg.Client({ connectionString: address, options: `-c search_path=${schema}` });
      await late.connect();
      onTestFinished(() => late.end());
      const values = [before[index]?.['epoch'], before[index]?.['line'], Number(now[index]?.['batch']) + 1];
      await expect(late.query(`SELECT ${call}`, values)).rejects.toMatchObject({ code: 'LS001' });
    }
    expect(await store.commit([eventAppend('e3')])).toEqual([{ position: 3, duplicate: false }]);
  });

  test('commits go on while the tables are written, and know what is on its way there', async () => {
    const schema = sharedSchema();
    const memory = memoryStore();
    const store = await openAt(address, schema);
    onTestFinished(() => store.close());
    const same = async (changes: readonly Change[]): Promise<void> => expect(await store.commit(changes)).toEqual(await memory.commit(changes));
    // The connection of reads is there.
    await store.lastPosition();
    await same([
      eventAppend('e1', { type: 'a.v1', keys: { order: 'PO-1' } }),
      runStart('r1'),
      stepAdd('r1', 's1'),
      stepSet('r1', 's1', 'sent'),
      runStart('r2'),
      stepAdd('r2', 's1'),
      exceptionOpen('x1'),
      auditAdd('one'),
    ]);
    const other = new pg.Client({ connectionString: address });
    await other.connect();
    onTestFinished(() => other.end());
    await other.query('BEGIN');
    await other.query(`LOCK TABLE ${schema}.audit IN ACCESS EXCLUSIVE MODE`);
    const read = store.audit({ limit: 10 });
    await until('it waits', async () => (await query(address, `SELECT 1 FROM pg_locks WHERE NOT granted AND relation = '${schema}.audit'::regclass`)).length > 0);
    await same([eventAppend('e1'), runStart('r1'), stepAdd('r1', 's1'), stepSet('r1', 's1', 'done', { done: 1 }), stepAdd('r1', 's2'), stepAdd('r2', 's1'), exceptionOpen('x1')]);
    await same([stepSet('r2', 's1', 'done', { done: 1 }), runSet('r2', 'done'), { change: 'exception.set', record: exceptionRecord('x1', { version: 2 }) }, eventAppend('e2')]);
    const look = store.eventsMatching({ type: 'a.v1', keys: { order: 'PO-1' }, after: 0, limit: 10 });
    // Time enough for a look that does not wait.
    await query(address, 'SELECT 1');
    await other.query('COMMIT');
    expect((await look).map(({ id }) => id)).toEqual(['e1']);
    expect((await read).map(({ subject }) => subject)).toEqual(['one']);
    await same([stepAdd('r1', 's3'), stepSet('r1', 's2', 'done', { done: 2 }), eventAppend('e2')]);
    expect(await everything(store, ['r1', 'r2'])).toEqual(await everything(memory, ['r1', 'r2']));
  });

  test('a write of the tables whose answer was lost for long is not done again', async () => {
    const schema = sharedSchema();
    const { hostname, port, username, password, pathname } = new URL(address);
    await using gate = await tcpGate(hostname, Number(port));
    const said: string[] = [];
    const store = await openAt(`postgres://${username}:${password}@127.0.0.1:${gate.port}${pathname}`, schema, { log: (message) => said.push(message) });
    onTestFinished(() => store.close());
    const other = new pg.Client({ connectionString: address });
    await other.connect();
    onTestFinished(() => other.end());
    await other.query('BEGIN');
    await other.query(`LOCK TABLE ${schema}.audit IN ACCESS EXCLUSIVE MODE`);
    await store.commit([auditAdd('once')]);
    await until('the tables are written', async () => (await query(address, `SELECT 1 FROM pg_locks WHERE NOT granted AND relation = '${schema}.audit'::regclass`)).length > 0);
    gate.mute();
    await other.query('COMMIT');
    await until('they are', async () => (await query(address, `SELECT 1 FROM ${schema}.journal`)).length === 0);
    gate.shut();
    gate.cut();
    await until('nobody can tell', () => said.includes('what is committed waits in the journal'));
    gate.open();
    expect(await store.commit([auditAdd('after')])).toEqual([{}]);
    expect((await store.audit({ limit: 10 })).map(({ subject }) => subject)).toEqual(['after', 'once']);
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

  test('the steps of a run that is done are one row, and rows again when one of them changes', async () => {
    const schema = sharedSchema();
    const store = await openAt(address, schema);
    onTestFinished(() => store.close());
    const odd = 'a\u0001b\u0000"\\{}';
    await store.commit([eventAppend('e1'), runStart('r1'), stepAdd('r1', odd, { input: JSON.stringify(odd), entity: odd }), stepAdd('r1', 's2', { kind: 'decide' })]);
    await store.commit([stepSet('r1', odd, 'done', { done: 1, output: odd }), stepSet('r1', 's2', 'done', { done: 2 }), runSet('r1', 'done')]);
    const before = await store.steps('r1');
    const rows = async () => (await query(address, `SELECT (SELECT count(*)::int FROM ${schema}.step) AS rows, (SELECT count(*)::int FROM ${schema}.packed) AS packed`))[0];
    expect(await rows()).toEqual({ rows: 0, packed: 1 });
    expect(before).toMatchObject([{ id: odd, entity: odd, output: odd, revision: 1, order: 1 }, { id: 's2' }]);
    expect([await store.effects(1), await store.decisions(1)]).toEqual([[before[0]], [before[1]]]);
    expect(await store.commit([stepAdd('r1', 's2'), stepSet('r1', odd, 'unknown', { done: 1, output: odd, history: '[1]' })])).toEqual([{ taken: false }, {}]);
    expect(await store.steps('r1')).toEqual([{ ...before[0], status: 'unknown', history: '[1]' }, before[1]]);
    expect(await rows()).toEqual({ rows: 2, packed: 0 });
    expect((await store.openEffects()).map(({ id }) => id)).toEqual([odd]);
    await expect(store.commit([stepSet('r1', 'not there', 'done')])).rejects.toThrow(/set after it was added/);
    await expect(store.commit([auditAdd('x'), { ...eventAppend('half'), timeMs: 0.5 }])).rejects.toThrow(/whole number/);
    expect(await store.commit([stepAdd('r1', 's3', { entity: odd })])).toEqual([{ taken: true, revision: 2, order: 3 }]);
  });

  test('a commit whose answer was lost for long is told when it is asked for again, also where the lease was renewed before', async () => {
    const schema = sharedSchema();
    const { hostname, port, username, password, pathname } = new URL(address);
    await using gate = await tcpGate(hostname, Number(port));
    const store = await openAt(`postgres://${username}:${password}@127.0.0.1:${gate.port}${pathname}`, schema, { leaseMs: 900 });
    onTestFinished(() => store.close());
    const batch = async (): Promise<number> => Number((await query(address, `SELECT batch FROM ${schema}.holder`))[0]?.['batch']);
    await store.lastPosition();
    const changes = [auditAdd('once')];
    const from = await batch();
    gate.mute();
    const lost = store.commit(changes);
    lost.catch(() => undefined);
    await until('the commit is in the database', async () => (await batch()) > from);
    gate.shut();
    gate.cut();
    await expect(lost).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    const before = await batch();
    gate.open();
    await until('the lease is renewed', async () => (await batch()) > before);
    expect(await store.commit(changes)).toEqual([{}]);
    expect((await store.audit({ limit: 10 })).map(({ subject }) => subject)).toEqual(['once']);
  });

  test('texts longer than an index takes are still told apart', async () => {
    const schema = sharedSchema();
    const store = await openAt(address, schema);
    const long = randomBytes(4_000).toString('hex');
    await store.commit([
      eventAppend(`${long}1`, { keys: { order: long } }),
      eventAppend(`${long}2`),
      runStart(`${long}1`),
      runStart(`${long}2`),
      stepAdd(`${long}2`, long, { entity: long }),
    ]);
    expect(await store.commit([eventAppend(`${long}2`)])).toEqual([{ position: 2, duplicate: true }]);
    expect((await store.byKey(long, 10)).events.map(({ id }) => id)).toEqual([`${long}1`]);
    expect(await store.openEffects()).toMatchObject([{ run: `${long}2`, id: long, entity: long }]);
    expect(await store.stepMarks([`${long}2`])).toMatchObject([{ run: `${long}2`, id: long }]);
    await store.close();
  });
});

describe.skipIf(url === undefined)('the packaging line on PostgreSQL (skipped without LINESHAFT_POSTGRES)', () => {
  test('the main scene, and the hub killed in it, leave the ledgers that they must', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lineshaft-postgres-scene-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    const demo = startDemo('--once', '--json', '--tempo', 'kill', '--data', folder, '--store', url ?? '', '--play', 'main', '--play', 'hub-killed');
    // The schema of a play that went well is dropped: looked for while it plays.
    await until(
      'events of a play in a schema of its own',
      async () => {
        const events = await query(url ?? '', "SELECT schemaname FROM pg_stat_user_tables WHERE schemaname LIKE 'play\\_%' AND relname = 'event' AND n_tup_ins > 0");
        return events.length > 0;
      },
      60_000,
    );
    const { code, out, err } = await demo.end;
    expect(out, `standard error: ${err}`).not.toBe('');
    const verdict: { readonly ok: boolean; readonly plays: readonly { readonly rows: readonly { readonly ok: boolean }[] }[] } = JSON.parse(out);
    expect(verdict.plays.flatMap(({ rows }) => rows.filter(({ ok }) => !ok))).toEqual([]);
    expect([code, verdict.ok, verdict.plays.length]).toEqual([0, true, 2]);
  }, 240_000);
});

test('an address that cannot be is refused without repeating it: it may hold a password', async () => {
  for (const bad of ['postgres://lineshaft:geheim@127.0.0.1:port/db', 'postgres://lineshaft:geheim@127.0.0.1', 'mysql://lineshaft:geheim@db/db', 'geheim']) {
    const refused: unknown = await openAt(bad, 'x').catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'ENVIRONMENT_INVALID', message: expect.not.stringContaining('geheim') });
  }
});

test('a server that is too old is refused with what to do', async () => {
  const old = { server_version_num: '140011', server_version: '14.11', fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' };
  const session: Session = { ask: async () => ({ rows: [old], did: 'SELECT' }), together: async () => [], alive: true, end: async () => undefined, drop: () => undefined };
  await expect(checkFitness(session, 'db:5432/lineshaft')).rejects.toMatchObject({
    code: 'STORE_UNFIT',
    message: 'db:5432/lineshaft runs PostgreSQL 14.11; Lineshaft needs 15 or newer: upgrade the server.',
  });
});

test('a server that is not there is told as that', async () => {
  await expect(openAt('postgres://lineshaft:geheim@127.0.0.1:1/db', 'x')).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringMatching(/^Cannot use 127\.0\.0\.1:1\/db \(schema x\): .*ECONNREFUSED/),
  });
});

/** Commits without a pause through the engine's pipeline, as flows do, until told to stop. */
function flood(store: Store) {
  const bugs: unknown[] = [];
  const line = pipeline({ store, clock: realClock, onBug: (error) => bugs.push(error) });
  const acknowledged = new Map<number, readonly ChangeResult[]>();
  let next = 1;
  let going = true;
  const write = async (): Promise<void> => {
    while (going && bugs.length === 0) {
      const number = next;
      next += 1;
      const run = `r${number}`;
      const results = await line.commit([eventAppend(`e${number}`), runStart(run), stepAdd(run, 's1'), stepSet(run, 's1', 'sent'), auditAdd(run)]);
      await line.commit([
        stepSet(run, 's1', 'done', { done: 1, output: `{"number":${number}}` }),
        runSet(run, 'done'),
        { change: 'cursor.set', name: 'written', position: number },
      ]);
      acknowledged.set(number, results);
    }
  };
  const writers = Promise.all(Array.from({ length: 8 }, write));
  return {
    bugs,
    acknowledged,
    async stop() {
      going = false;
      await writers;
    },
  };
}

describe.skipIf(!hasProgram)('a PostgreSQL of its own (skipped without the program)', () => {
  test('a server that can lose what it acknowledged is refused, with what to do', async () => {
    await using server = await ownPostgres();
    for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
      await server.stop('fast');
      await server.start([`${setting}=off`]);
      const refused: unknown = await openAt(server.url, 'lineshaft').catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: 'STORE_UNFIT', message: expect.stringMatching(`${setting} = off, which can lose .+: set ${setting} = on`) });
    }
    await server.stop('fast');
    await server.start();
    await (await openAt(server.url, 'lineshaft')).close();
  });

  test('killed and restarted in every way under a flood of commits, nothing acknowledged is lost and nothing is there twice', async () => {
    await using server = await ownPostgres();
    const store = await openAt(server.url, 'lineshaft');
    const { bugs, acknowledged, stop } = flood(store);
    const further = async (): Promise<void> => {
      const before = acknowledged.size;
      await until('the flood goes on', () => acknowledged.size > before + 40 || bugs.length > 0, 120_000);
    };
    const blows = [
      async () => void (await until('a backend to kill', () => server.killBackend())),
      () => server.restart('immediate'),
      () => server.restart('fast'),
      () => server.killServer(),
    ];
    for (const blow of [...blows, ...blows]) {
      await further();
      await blow();
    }
    await further();
    await stop();
    expect(bugs).toEqual([]);
    await store.close();

    const again = await openAt(server.url, 'lineshaft');
    onTestFinished(() => again.close());
    const events = await again.eventsAfter(0, 100_000);
    expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1));
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    const audit = await again.audit({ limit: 100_000 });
    expect(new Set(audit.map(({ subject }) => subject)).size).toBe(audit.length);
    expect(audit.length).toBe(events.length);
    const effects = (await again.effects(100_000)).filter(({ entity }) => entity === 'PO-4711');
    expect(effects.map(({ revision }) => revision)).toEqual(effects.map((_, index) => effects.length - index));
    for (const [number, [event, run, step]] of acknowledged) {
      expect([event, run]).toEqual([{ position: event?.position, duplicate: false }, { taken: true }]);
      expect(events[(event?.position ?? 0) - 1]?.id).toBe(`e${number}`);
      expect(await again.steps(`r${number}`)).toMatchObject([{ status: 'done', output: `{"number":${number}}`, revision: step?.revision, order: step?.order }]);
    }
    expect(await again.counts()).toMatchObject({ runs: { done: events.length }, openEffects: 0 });
  }, 180_000);
});
