// Hubs that share a log of four shards on one PostgreSQL: processes of their own, stopped, killed and joined while they work.
import { describe, expect, test } from 'vitest';
import { until } from '../until.ts';
import { labelPlant, type Hub } from './label-plant.ts';
import { query } from './own-postgres.ts';

const url = process.env['LINESHAFT_POSTGRES'];
const shards = 4;
const four = { isShared: true, landscape: 'pallet-landscape', shards } as const;

const packed = (pallet: string, dock: string): object => ({ specversion: '1.0', id: `${pallet} packed`, source: '/packing', type: 'pallet.packed.v1', data: { pallet, dock } });
const shipped = (pallet: string): object => ({ specversion: '1.0', id: `${pallet} shipped`, source: '/gate', type: 'pallet.shipped.v1', data: { pallet } });

const schemaOf = (schema: string, shard: number): string => (shard === 1 ? schema : `${schema}_${shard}`);

/** What each shard says, one row for each. */
async function ofShards(schema: string, select: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const all = Array.from({ length: shards }, (_, index) => `SELECT ${index + 1} AS shard, ${select.replaceAll('$', `${schemaOf(schema, index + 1)}.`)}`);
  return query(url ?? '', `${all.join(' UNION ALL ')} ORDER BY shard`);
}

/** How many shards each hub holds, most first. */
async function shares(schema: string): Promise<readonly number[]> {
  const rows = await ofShards(schema, 'hub, expires > clock_timestamp() AS held FROM $holder');
  const held = Map.groupBy(
    rows.filter((row) => row['held'] === true),
    (row) => row['hub'],
  );
  return [...held.values()].map(({ length }) => length).toSorted((a, b) => b - a);
}

async function done(schema: string): Promise<number> {
  const rows = await ofShards(schema, "count(*)::int AS number FROM $run WHERE flow = 'pack' AND status = 'done'");
  return rows.reduce((sum, row) => sum + Number(row['number']), 0);
}

/** As a sender does that is told to wait, or told nothing: again, to whichever hub is there. */
async function send(hubs: () => readonly Hub[], event: object, first: number): Promise<void> {
  for (let turn = first; turn < first + 600; turn += 1) {
    const all = hubs();
    const status = await all[turn % all.length]?.ask('/api/events', event).then(
      (answer) => answer.status,
      () => undefined,
    );
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('no hub takes the event');
}

const names = (count: number, from = 1): readonly string[] => Array.from({ length: count }, (_, index) => `P-${from + index}`);

describe.skipIf(url === undefined || process.platform === 'win32')('hubs on four shards (skipped without LINESHAFT_POSTGRES)', () => {
  test('one hub holds all of them, runs are divided, and effects of other keys are done once, in the order of their entity', { timeout: 120_000 }, async () => {
    const { printers, schema, up } = await labelPlant(url ?? '', four);
    const hub = await up('first');
    expect(await shares(schema)).toEqual([4]);
    const pallets = names(40);
    for (const pallet of pallets) await send(() => [hub], packed(pallet, 'D-1'), 0);
    for (const pallet of pallets) await send(() => [hub], shipped(pallet), 0);
    await until('all runs are done', async () => (await done(schema)) === pallets.length, 60_000);
    expect(printers.keyed.toSorted()).toEqual(pallets.toSorted());
    expect(printers.plain.toSorted()).toEqual(pallets.toSorted());
    const perShard = await ofShards(schema, "(SELECT count(*)::int FROM $run WHERE flow = 'pack') AS runs, (SELECT count(*)::int FROM $event WHERE type LIKE 'pallet%') AS events");
    for (const row of perShard) expect([Number(row['runs']) > 0, row['events']]).toEqual([true, 2 * pallets.length]);
    expect(await ofShards(schema, '(SELECT count(*)::int FROM $inbox) + (SELECT count(*)::int FROM $answer) AS left')).toEqual(perShard.map(({ shard }) => ({ shard, left: 0 })));
  });
});
