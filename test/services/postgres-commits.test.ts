// Commits that the server refuses, takes back or does not answer: each is done once, in its order.
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { pipeline } from '../../src/engine/log/pipeline.ts';
import { realClock } from '../../src/run/real-clock.ts';
import { auditAdd, eventAppend, runSet, runStart, stepAdd } from '../../src/store/store-samples.ts';
import { until } from '../until.ts';
import { query } from './own-postgres.ts';
import { openAt, sharedSchema, url } from './postgres-schema.ts';
import { tcpGate } from './tcp-gate.ts';

describe.skipIf(url === undefined)('commits on a PostgreSQL that refuses or does not answer (skipped without LINESHAFT_POSTGRES)', () => {
  const address = url ?? '';

  /** From now on the server refuses to add to a table so many times, with this code (PostgreSQL documentation, appendix A); gives how to end that. */
  async function refusing(schema: string, table: 'journal' | 'audit', code: string, times: number): Promise<() => Promise<unknown>> {
    await query(address, `CREATE SEQUENCE ${schema}.refusals`);
    const body = `BEGIN IF nextval('${schema}.refusals') <= ${times} THEN RAISE EXCEPTION 'as told' USING ERRCODE = '${code}'; END IF; RETURN NULL; END`;
    await query(address, `CREATE FUNCTION ${schema}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$${body}$$`);
    await query(address, `CREATE TRIGGER refuse BEFORE INSERT ON ${schema}.${table} EXECUTE FUNCTION ${schema}.refuse()`);
    return () => query(address, `DROP FUNCTION ${schema}.refuse() CASCADE; DROP SEQUENCE ${schema}.refusals`);
  }

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
});
