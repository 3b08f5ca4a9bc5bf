// Runs whose time is over, on hubs that share a log of four shards on one PostgreSQL: their hub is killed or stopped before, and another one has them.
import { describe, expect, test } from 'vitest';
import { until } from '../until.ts';
import { labelPlant, type Hub } from './label-plant.ts';
import { countOf, ofShards, shares } from './shard-rows.ts';

const url = process.env['LINESHAFT_POSTGRES'];
const shards = 4;
const four = { isShared: true, landscape: 'pallet-landscape', shards } as const;
const hoursMs = (count: number): number => count * 3_600_000;

const pallets = Array.from({ length: 24 }, (_, index) => `P-${index + 1}`);
const booked = (pallet: string, dock: string): object => ({ specversion: '1.0', id: `${pallet} booked`, source: '/sales', type: 'pallet.booked.v1', data: { pallet, dock } });

const late = "SELECT count(*) FROM $exception WHERE type = 'run-late'";
const cancelled = "SELECT count(*) FROM $audit WHERE action = 'run.cancel' AND actor = 'lineshaft'";
const withStatus = (status: string): string => `SELECT count(*) FROM $run WHERE flow = 'book' AND status = '${status}'`;

/** Two hubs with two shards each, and a run of each pallet that waits. */
async function waiting() {
  const plant = await labelPlant(url ?? '', four);
  const { printers, schema, up } = plant;
  const count = (of: string) => countOf(schema, shards, of);
  const [first, second] = [await up('first'), await up('second')];
  await until('each has two', async () => String(await shares(schema, shards)) === '2,2', 120_000);
  for (const [index, pallet] of pallets.entries()) {
    const hub = index % 2 === 0 ? first : second;
    await until('a hub takes the event', async () => (await hub.ask('/api/events', booked(pallet, `D-${index}`)).catch(() => undefined))?.status === 200);
  }
  await until('all of them wait', async () => (await count("SELECT count(*) FROM $step WHERE kind = 'wait'")) === pallets.length, 120_000);
  expect([printers.keyed.toSorted(), printers.plain]).toEqual([pallets.toSorted(), []]);
  const perShard = await ofShards(schema, shards, "(SELECT count(*)::int FROM $run WHERE flow = 'book') AS runs");
  expect(perShard.filter(({ runs }) => Number(runs) > 0)).toHaveLength(shards);
  return { ...plant, first, second, count };
}

type Waiting = Awaited<ReturnType<typeof waiting>>;

/** Each has ended late, once, whatever hub had it. */
async function undoneOnce({ count, printers }: Waiting, hub: Hub): Promise<void> {
  await until('all of them are undone', async () => (await count(withStatus('compensated'))) === pallets.length, 120_000);
  expect([printers.keyed.toSorted(), printers.plain.toSorted()]).toEqual([pallets.toSorted(), pallets.toSorted()]);
  expect([await count(late), await count(cancelled), await count('SELECT count(*) FROM $exception')]).toEqual([pallets.length, pallets.length, pallets.length]);
  // Its own answer.
  const cases = (await (await hub.ask('/api/exceptions?limit=100')).json()) as readonly { readonly type: string; readonly keys: { readonly item: string } }[];
  expect(cases.map(({ type, keys }) => `${type} ${keys.item}`).toSorted()).toEqual(pallets.map((pallet) => `run-late ${pallet}`).toSorted());
}

describe.skipIf(url === undefined || process.platform === 'win32')('late runs on four shards (skipped without LINESHAFT_POSTGRES)', () => {
  test('a hub that is stopped over the deadline wakes up after its shards were taken: each run is undone once and is one case', { timeout: 360_000 }, async () => {
    const plant = await waiting();
    const { schema, first, second, setClock, count } = plant;
    process.kill(second.pid(), 'SIGSTOP');
    setClock(hoursMs(7));
    await until('the first has all of them', async () => String(await shares(schema, shards)) === '4', 120_000);
    // Both have what was the second's: it finds the deadlines passed, and its shards another hub's.
    process.kill(second.pid(), 'SIGCONT');
    expect(await second.command.ended).toMatchObject({ code: 76, stderr: expect.stringContaining('another hub has taken the store over') });
    await undoneOnce(plant, first);

    // A hub that joins takes shards over whose runs have ended: they stay as they are.
    const third = await plant.up('third');
    await until('each has two again', async () => String(await shares(schema, shards)) === '2,2', 120_000);
    setClock(hoursMs(20));
    expect((await third.ask('/api/events', booked('P-last', 'D-1'))).status).toBe(200);
    await until('it goes on', async () => plant.printers.keyed.includes('P-last'));
    expect([await count(late), plant.printers.plain.length]).toEqual([pallets.length, pallets.length]);
  });

  test(
    'the shards of a hub that was killed are taken over while their runs wait: they are undone in time, once, and what is shipped before is not',
    { timeout: 360_000 },
    async () => {
      const plant = await waiting();
      const { schema, first, second, setClock, count, printers } = plant;
      process.kill(second.pid(), 'SIGKILL');
      await second.command.ended;
      await until('the first has all of them', async () => String(await shares(schema, shards)) === '4', 120_000);
      setClock(hoursMs(5));
      const [shipped, left] = [pallets.slice(0, 8), pallets.slice(8)];
      for (const pallet of shipped) {
        const event = { specversion: '1.0', id: `${pallet} shipped`, source: '/gate', type: 'pallet.shipped.v1', data: { pallet } };
        await until('the hub takes the event', async () => (await first.ask('/api/events', event).catch(() => undefined))?.status === 200);
      }
      await until('those are done', async () => (await count(withStatus('done'))) === shipped.length, 120_000);
      expect([await count(late), printers.plain]).toEqual([0, []]);
      setClock(hoursMs(6) + 60_000);
      await until('the others are undone', async () => (await count(withStatus('compensated'))) === left.length, 120_000);
      expect(printers.plain.toSorted()).toEqual(left.toSorted());
      expect([await count(late), await count(cancelled)]).toEqual([left.length, left.length]);
    },
  );
});
