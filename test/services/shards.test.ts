// Hubs that share a log of four shards on one PostgreSQL: processes of their own, stopped, killed and joined while they work.
import { describe, expect, test } from 'vitest';
import { verification } from '../../src/engine/proofs/verification.ts';
import { shardOf } from '../../src/store/shard.ts';
import { until } from '../until.ts';
import { labelPlant, type Hub } from './label-plant.ts';
import { query } from './own-postgres.ts';
import { ofShards as rowsOf, schemaOf, shares as sharesOf } from './shard-rows.ts';

const url = process.env['LINESHAFT_POSTGRES'];
const shards = 4;
const four = { isShared: true, landscape: 'pallet-landscape', shards } as const;

const packed = (pallet: string, dock: string): object => ({ specversion: '1.0', id: `${pallet} packed`, source: '/packing', type: 'pallet.packed.v1', data: { pallet, dock } });
const shipped = (pallet: string): object => ({ specversion: '1.0', id: `${pallet} shipped`, source: '/gate', type: 'pallet.shipped.v1', data: { pallet } });

const ofShards = (schema: string, select: string) => rowsOf(schema, shards, select);
const shares = (schema: string) => sharesOf(schema, shards);

async function done(schema: string): Promise<number> {
  const rows = await ofShards(schema, "count(*)::int AS number FROM $run WHERE flow = 'pack' AND status = 'done'");
  return rows.reduce((sum, row) => sum + Number(row['number']), 0);
}

/** As a sender does that is told to wait, or told nothing: again, to whichever hub is there. */
async function send(hubs: () => readonly Hub[], event: object, first: number): Promise<void> {
  let turn = first;
  await until(
    'a hub takes the event',
    async () => {
      const all = hubs();
      turn += 1;
      const asked = all[turn % all.length]?.ask('/api/events', event);
      return (await asked?.catch(() => undefined))?.status === 200;
    },
    60_000,
  );
}

const names = (count: number, from = 1): readonly string[] => Array.from({ length: count }, (_, index) => `P-${from + index}`);

/** What of a case is needed to decide about it. */
interface Case {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly actions: readonly string[];
}

/** What of a replay's answer is looked at. */
interface Replayed {
  readonly rehearsals?: readonly { readonly key: string }[];
  readonly replayed?: readonly { readonly key: string; readonly outcome: string }[];
}

/** The answer as JSON, where it is one; asked again while a shard changes hands. */
async function json(ask: () => Promise<Response>): Promise<unknown> {
  const response = await until('the shard is held', async () => {
    const answer = await ask();
    return answer.status !== 503 && answer;
  });
  const text = await response.text();
  expect([response.status, text]).toEqual([200, expect.anything()]);
  return JSON.parse(text);
}

// Read below, where they must be what is expected.
const cases = async (hub: Hub) => (await json(() => hub.ask('/api/exceptions'))) as readonly Case[];

const once = (ledger: readonly string[], pallets: readonly string[]): void => expect(ledger.toSorted()).toEqual(pallets.toSorted());

describe.skipIf(url === undefined || process.platform === 'win32')('hubs on four shards (skipped without LINESHAFT_POSTGRES)', () => {
  test(
    'one hub holds all of them: runs are divided, each shard has logged every event, and effects of other keys are done once, in the order of their entity',
    {
      timeout: 240_000,
    },
    async () => {
      const { printers, schema, up } = await labelPlant(url ?? '', four);
      const hub = await up('first');
      expect(await shares(schema)).toEqual([4]);
      const pallets = names(40);
      const dock = 'D-1';
      printers.hold();
      for (const pallet of pallets) await send(() => [hub], packed(pallet, dock), 0);
      // What was asked for in other shards than the dock's has come there; the printer has the first of all.
      const fromAfar = pallets.filter((pallet) => shardOf(pallet, shards) !== shardOf(dock, shards)).length;
      const ofDock = schemaOf(schema, shardOf(dock, shards));
      const asked = () => query(url ?? '', `SELECT input::json ->> 'pallet' AS pallet FROM ${ofDock}.step WHERE name = 'keyed-label.print' AND entity = '${dock}' ORDER BY seq`);
      await until('all are in the queue of the dock', async () => (await asked()).length === pallets.length, 120_000);
      expect([fromAfar > 20, printers.keyed.length]).toEqual([true, 1]);
      printers.release();
      for (const pallet of pallets) await send(() => [hub], shipped(pallet), 0);
      await until('all runs are done', async () => (await done(schema)) === pallets.length, 120_000);
      expect(printers.keyed).toEqual((await asked()).map(({ pallet }) => pallet));
      once(printers.keyed, pallets);
      once(printers.plain, pallets);
      for (const pallet of pallets.slice(0, 4)) {
        const check = verification({ skewMs: 0 });
        for (const line of (await (await hub.ask(`/api/trail/${pallet}/proof`)).text()).trimEnd().split('\n')) check.line(line);
        check.close();
        expect(check.verdict()).toMatchObject({ holds: true, effects: { done: 2 } });
      }
      expect(await (await hub.ask('/metrics')).text()).toContain(`lineshaft_events_total{type="pallet.packed.v1",outcome="accepted"} ${pallets.length}\n`);
      const perShard = await ofShards(
        schema,
        "(SELECT count(*)::int FROM $run WHERE flow = 'pack') AS runs, (SELECT count(*)::int FROM $event WHERE type LIKE 'pallet%') AS events",
      );
      for (const row of perShard) expect([Number(row['runs']) > 0, row['events']]).toEqual([true, 2 * pallets.length]);
      const left = () => ofShards(schema, '(SELECT count(*)::int FROM $inbox) + (SELECT count(*)::int FROM $answer) AS left');
      await until('no post is left', async () => (await left()).every((row) => row['left'] === 0));
    },
  );

  test('a hub that joins gets its share and one that leaves gives it back; either takes events, orders and deeds of every key', { timeout: 240_000 }, async () => {
    const { printers, schema, up } = await labelPlant(url ?? '', four);
    const first = await up('first');
    const second = await up('second');
    await until('each has two', async () => String(await shares(schema)) === '2,2', 120_000);
    const both = [first, second] as const;

    const pallets = names(24);
    for (const [index, pallet] of pallets.entries()) await send(() => both, packed(pallet, `D-${index}`), index);
    await until('all labels are printed', () => printers.keyed.length === pallets.length && printers.plain.length === pallets.length, 120_000);

    // The same order at both hubs, at once and again: one label.
    const order = { pallet: 'P-100', dock: 'D-100' };
    const key = { 'idempotency-key': 'order-100' };
    const place = (hub: Hub, body: object) => hub.ask('/api/capabilities/plain-label.print', body, key);
    for (const answer of [...(await Promise.all(both.map((hub) => place(hub, order)))), await place(second, order)]) {
      expect([answer.status, await answer.json()]).toMatchObject([200, { ok: true, value: { label: 'L-P-100' } }]);
    }
    expect((await place(first, { ...order, dock: 'D-1' })).status).toBe(409);

    // Runs of every shard, seen and cancelled at the first hub.
    // Its own answers, whose shape the reference tells.
    const runs = (await json(() => first.ask('/api/runs?flow=pack&status=active&limit=100'))) as readonly { readonly id: string }[];
    expect(runs.length).toBe(pallets.length);
    for (const { id } of runs.slice(0, 8)) {
      const path = `/api/runs/${encodeURIComponent(id)}`;
      const { version } = (await json(() => first.ask(path))) as { readonly version: string };
      expect(await json(() => second.ask(`${path}/cancel`, { version, reason: 'not wanted' }))).toMatchObject({ id });
      await until('it is cancelled', async () => ((await json(() => first.ask(path))) as { readonly status: string }).status === 'compensated');
    }
    expect((await first.ask('/api/runs/pack:0')).status).toBe(404);

    // A pause at one hub holds the queues of all shards.
    await json(() => first.ask('/api/queues/plain/pause', { reason: 'paper' }));
    const later = names(12, 201);
    for (const [index, pallet] of later.entries()) await send(() => both, packed(pallet, `D-${index}`), index);
    await until('the other printer has them', () => printers.keyed.length === pallets.length + later.length, 120_000);
    expect(printers.plain.length).toBe(pallets.length + 1);
    await json(() => second.ask('/api/queues/plain/resume', { reason: 'paper is there' }));
    await until('the labels are printed', () => printers.plain.length === pallets.length + 1 + later.length, 120_000);

    // What was posted and never tried is cancelled in whichever shard it waits, by its run or by a person.
    await json(() => second.ask('/api/queues/keyed/pause', { reason: 'paper' }));
    const never = names(12, 301);
    for (const [index, pallet] of never.entries()) await send(() => both, { ...packed(pallet, `D-${index}`), type: 'pallet.announced.v1' }, index);
    const waiting = async () => (await json(() => first.ask('/api/runs?flow=announce&status=active&limit=100'))) as readonly { readonly id: string }[];
    await until('all of them wait', async () => (await waiting()).length === never.length);
    for (const pallet of never.slice(4)) await send(() => both, shipped(pallet), 0);
    await until('those that are shipped are compensated', async () => (await waiting()).length === 4, 120_000);
    for (const { id } of await waiting()) {
      const path = `/api/runs/${encodeURIComponent(id)}`;
      const { version } = (await json(() => first.ask(path))) as { readonly version: string };
      await json(() => first.ask(`${path}/cancel`, { version, reason: 'not wanted' }));
    }
    await until('all are', async () => (await waiting()).length === 0, 120_000);
    await json(() => first.ask('/api/queues/keyed/resume', { reason: 'paper is there' }));

    // A message that breaks its contract is one case, and is mended and released at whichever hub; what it starts is of another shard then.
    const bad = { ...packed('P-402', 'D-1'), data: { dock: 'D-1' } };
    for (const hub of both) expect((await hub.ask('/api/events', bad)).status).toBe(422);
    type Patients = readonly { readonly message: string }[];
    const patients = await until('it lies in quarantine', async () => {
      const found = (await json(() => first.ask('/api/quarantine'))) as Patients;
      return found.length > 0 && found;
    });
    expect((await cases(second)).map(({ type }) => type)).toEqual(['event-quarantined']);
    await json(() => second.ask(`/api/quarantine/${patients[0]?.message}/release`, { reason: 'mended', data: { pallet: 'P-402', dock: 'D-1' } }));
    await until('its label is printed', () => printers.keyed.includes('P-402') && printers.plain.includes('P-402'));

    // Each shard plays its own keys, wherever it is held; none is told twice, and what was done is not done again.
    const replayed = async (hub: Hub, body: object) => (await json(() => hub.ask('/api/replays', { flow: 'pack', limit: 500, ...body }, {}, 60_000))) as Replayed;
    const all = [...pallets, ...later, 'P-402'].toSorted();
    const dry = await replayed(second, { mode: 'dry-run' });
    expect(dry.rehearsals?.map(({ key }) => key).toSorted()).toEqual(all);
    const live = await replayed(first, { mode: 'live', reason: 'once more' });
    expect(live.replayed?.map(({ key, outcome }) => `${key} ${outcome}`).toSorted()).toEqual(all.map((key) => `${key} unchanged`));
    const one = await replayed(first, { mode: 'dry-run', key: pallets[0] });
    expect(one.rehearsals?.map(({ key }) => key)).toEqual([pallets[0]]);
    expect((await first.ask('/api/replays', { mode: 'dry-run', flow: 'nothing' })).status).toBe(404);

    // Each says for whom it speaks; together they speak for all, once.
    const told = await Promise.all(both.map(async (hub) => (await (await hub.ask('/metrics')).text()).split('\n').filter((line) => line.startsWith('lineshaft_shard_held{'))));
    expect(told.map(({ length }) => length)).toEqual([shards, shards]);
    expect(
      told
        .flat()
        .filter((line) => line.endsWith(' 1'))
        .map((line) => /shard="(\d)"/.exec(line)?.[1])
        .toSorted(),
    ).toEqual(['1', '2', '3', '4']);
    const stream = await first.ask('/api/stream');
    await stream.body?.cancel();
    expect([stream.headers.get('x-lineshaft-hub') === null, stream.headers.get('x-lineshaft-shards')]).toEqual([false, expect.stringMatching(/^\d,\d of 4$/)]);

    process.kill(second.pid(), 'SIGTERM');
    expect(await second.command.ended).toMatchObject({ code: 0 });
    await until('the first has all of them again', async () => String(await shares(schema)) === '4', 120_000);
    for (const pallet of later) await send(() => [first], shipped(pallet), 0);
    await until('what came last is done', async () => (await done(schema)) === later.length, 120_000);
    once(printers.keyed, [...pallets, ...later, 'P-402']);
    once(printers.plain, [...pallets, 'P-100', ...later, 'P-402']);
  });

  test('a hub that is stopped in mid-call wakes up after its shards were taken, and no label is printed twice', { timeout: 240_000 }, async () => {
    const { printers, schema, up } = await labelPlant(url ?? '', four);
    const first = await up('first');
    const second = await up('second');
    await until('each has two', async () => String(await shares(schema)) === '2,2', 120_000);
    printers.hold();
    const pallets = names(40);
    for (const [index, pallet] of pallets.entries()) await send(() => [first, second], packed(pallet, `D-${index}`), index);
    await until('the printers have all that they take at once', () => printers.waiting() === 2 * 16, 120_000);
    process.kill(second.pid(), 'SIGSTOP');
    await until('the first has all of them', async () => String(await shares(schema)) === '4', 120_000);
    await until('what the old printer may have under way is parked', async () => (await cases(first)).length === 8, 120_000);
    printers.release();
    process.kill(second.pid(), 'SIGCONT');
    expect(await second.command.ended).toMatchObject({ code: 76, stderr: expect.stringContaining('another hub has taken the store over') });

    for (const pallet of pallets) await send(() => [first], shipped(pallet), 0);
    const parked = await cases(first);
    expect(parked.map(({ type }) => type)).toEqual(Array.from({ length: 8 }, () => 'effect-parked'));
    await until('everything else is done', async () => (await done(schema)) === pallets.length - parked.length, 120_000);
    // Its owner lets the printer be asked: each was printed.
    for (const { id, version } of parked) await json(() => first.ask(`/api/exceptions/${id}/retry`, { version, note: 'look' }));
    await until('all are done', async () => (await done(schema)) === pallets.length, 120_000);
    once(printers.keyed, pallets);
    once(printers.plain, pallets);
  });

  test('a hub that is killed under a flood costs nothing and doubles nothing', { timeout: 240_000 }, async () => {
    const { printers, schema, up } = await labelPlant(url ?? '', four);
    const first = await up('first');
    const second = await up('second');
    await until('each has two', async () => String(await shares(schema)) === '2,2', 120_000);
    let hubs: readonly Hub[] = [first, second];
    const pallets = names(300);
    let next = 0;
    const sender = async (): Promise<void> => {
      for (let index = next; index < pallets.length; index = next) {
        next += 1;
        const pallet = pallets[index] ?? '';
        await send(() => hubs, packed(pallet, `D-${index % 31}`), index);
        await send(() => hubs, shipped(pallet), index + 1);
      }
    };
    const senders = Promise.all(Array.from({ length: 6 }, sender));
    await until('the flood is in full spate', () => next > 100, 120_000);
    process.kill(second.pid(), 'SIGKILL');
    const killedMs = performance.now();
    await until('the first has all of them', async () => String(await shares(schema)) === '4', 120_000);
    console.info(`the shards of a killed hub were taken after ${Math.round(performance.now() - killedMs)} ms (lease 6 s)`);
    hubs = [first, await up('third')];
    await senders;
    // What the killed hub may have had under way is for its owner to look at.
    await until(
      'all are done',
      async () => {
        for (const { id, version, actions } of await cases(first)) if (actions.includes('retry')) await first.ask(`/api/exceptions/${id}/retry`, { version, note: 'look' });
        return (await done(schema)) === pallets.length;
      },
      60_000,
    );
    once(printers.keyed, pallets);
    once(printers.plain, pallets);
  });
});
