// The hub's store on a real PostgreSQL: the suite of the port, what it refuses to start on, and a server that dies under it.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { pipeline } from '../../src/engine/log/pipeline.ts';
import { realClock } from '../../src/run/real-clock.ts';
import { checkFitness } from '../../src/store/postgres/fitness.ts';
import { hubPostgresMigrations } from '../../src/store/migrations/hub-postgres.ts';
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
import { freshSchema, openAt, sharedSchema, url } from './postgres-schema.ts';
import { tcpGate } from './tcp-gate.ts';

const hasProgram = postgresBin() !== undefined;

test('PostgreSQL is there', ({ skip }) => {
  const missing = [
    ...(url === undefined ? ['LINESHAFT_POSTGRES names no database: start one with "scripts/services.sh start postgres", and give the address that it prints'] : []),
    ...(hasProgram ? [] : ['PostgreSQL 15 or newer is not on this machine']),
  ];
  if (process.env['CI'] === 'true') expect(missing).toEqual([]);
  skip(missing.length > 0, missing.join('; '));
});

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
