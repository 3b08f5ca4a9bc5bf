// A filter of a contract on two hubs that share a log of four shards on one PostgreSQL: what it drops is told once, wherever it came, and comes into no shard.
import { describe, expect, test } from 'vitest';
import { until } from '../until.ts';
import { labelPlant } from './label-plant.ts';
import { countOf, ofShards, shares } from './shard-rows.ts';

const url = process.env['LINESHAFT_POSTGRES'];
const shards = 4;

const event = (id: string, data: object): object => ({ specversion: '1.0', id, source: '/sales', type: 'pallet.booked.v1', data });
const counter = 'lineshaft_events_filtered_total{type="pallet.booked.v1",webhook="",reason="of a trial"} ';

describe.skipIf(url === undefined || process.platform === 'win32')('a filter on four shards (skipped without LINESHAFT_POSTGRES)', () => {
  test('what it drops is counted once at either hub, also when one of them is killed, and starts nothing in any shard', { timeout: 240_000 }, async () => {
    const { printers, schema, up } = await labelPlant(url ?? '', { isShared: true, landscape: 'pallet-landscape', shards });
    const count = (of: string) => countOf(schema, shards, of);
    /** The events that the audit of all shards names as dropped. */
    const dropped = async (): Promise<readonly string[]> => {
      const rows = await ofShards(schema, shards, "string_agg(details, E'\\n') AS details FROM $audit WHERE action = 'event.filtered'");
      const lines = rows.flatMap(({ details }) => (typeof details === 'string' ? details.split('\n') : []));
      // Written by the hubs.
      const entries = lines.map((line) => JSON.parse(line) as { readonly count: number; readonly events: readonly { readonly id: string }[] });
      expect(entries.reduce((sum, entry) => sum + entry.count, 0)).toBe(entries.flatMap(({ events }) => events).length);
      return entries.flatMap(({ events }) => events.map(({ id }) => id)).toSorted();
    };
    const [first, second] = [await up('first'), await up('second')];
    await until('each has two', async () => String(await shares(schema, shards)) === '2,2', 120_000);

    const trials: string[] = [];
    const pallets: string[] = [];
    const send = async (hub: typeof first, batch: number): Promise<void> => {
      const names = Array.from({ length: 10 }, (_, index) => `${batch}-${index}`);
      const [tried, meant] = [names.slice(0, 7), names.slice(7)];
      const events = [
        ...tried.map((name) => event(name, { pallet: name, dock: 'none' })),
        ...meant.map((name) => event(name, { pallet: name, dock: `D-${name}` })),
        event(`${batch}-bad`, {}),
      ];
      const answer = await hub.ask('/api/events', events);
      expect([answer.status, await answer.json()]).toMatchObject([expect.any(Number), { accepted: meant.length, quarantined: 1, filtered: tried.length }]);
      trials.push(...tried);
      pallets.push(...meant);
    };
    for (let batch = 1; batch <= 8; batch += 1) await send(batch % 2 === 0 ? first : second, batch);
    await until('all labels are printed', () => printers.keyed.length === pallets.length, 120_000);
    await until('all are told', async () => (await dropped()).length === trials.length);
    expect(await dropped()).toEqual(trials.toSorted());
    const metrics = await Promise.all([first, second].map(async (hub) => (await (await hub.ask('/metrics')).text()).split('\n').find((line) => line.startsWith(counter))));
    expect(metrics.reduce((sum, line) => sum + Number(line?.slice(counter.length) ?? 0), 0)).toBe(trials.length);

    // The killed hub had put them into the inboxes of the shards before it answered.
    await send(second, 9);
    process.kill(second.pid(), 'SIGKILL');
    await until('the first has all of them', async () => String(await shares(schema, shards)) === '4', 120_000);
    await send(first, 10);
    await until('all labels are printed', () => printers.keyed.length >= pallets.length, 120_000);
    await until('all are told', async () => (await dropped()).length >= trials.length);
    expect(await dropped()).toEqual(trials.toSorted());
    const logged = "SELECT count(*) FROM $event WHERE type = 'pallet.booked.v1'";
    expect([await count(logged), await count("SELECT count(*) FROM $run WHERE flow = 'book'")]).toEqual([shards * pallets.length, pallets.length]);
    expect(printers.keyed.toSorted()).toEqual(pallets.toSorted());
  });
});
