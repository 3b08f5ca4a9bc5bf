// A filter of a contract on two hubs that share a log of four shards on one PostgreSQL: what it drops is told once, wherever it came, and comes into no shard.
// Where the hubs are on releases whose filters differ, what counts is that of the hub that the event came to, which told its sender.
import { describe, expect, test } from 'vitest';
import { shardOf } from '../../src/store/shard.ts';
import { until } from '../until.ts';
import { labelPlant } from './label-plant.ts';
import { countOf, ofShards, shares } from './shard-rows.ts';

const url = process.env['LINESHAFT_POSTGRES'];
const shards = 4;

const event = (id: string, data: object): object => ({ specversion: '1.0', id, source: '/sales', type: 'pallet.booked.v1', data });
const counter = 'lineshaft_events_filtered_total{type="pallet.booked.v1",webhook="",reason="of a trial"} ';

/** The events that the audit of all shards names as dropped, as `id reason`. */
async function droppedIn(schema: string): Promise<readonly string[]> {
  const rows = await ofShards(schema, shards, "string_agg(details, E'\\n') AS details FROM $audit WHERE action = 'event.filtered'");
  const lines = rows.flatMap(({ details }) => (typeof details === 'string' ? details.split('\n') : []));
  // Written by the hubs.
  const entries = lines.map((line) => JSON.parse(line) as { readonly reason: string; readonly count: number; readonly events: readonly { readonly id: string }[] });
  expect(entries.reduce((sum, entry) => sum + entry.count, 0)).toBe(entries.flatMap(({ events }) => events).length);
  return entries.flatMap(({ reason, events }) => events.map(({ id }) => `${id} ${reason}`)).toSorted();
}

describe.skipIf(url === undefined || process.platform === 'win32')('a filter on four shards (skipped without LINESHAFT_POSTGRES)', () => {
  test('what it drops is counted once at either hub, also when one of them is killed, and starts nothing in any shard', { timeout: 240_000 }, async () => {
    const { printers, schema, up } = await labelPlant(url ?? '', { isShared: true, landscape: 'pallet-landscape', shards });
    const count = (of: string) => countOf(schema, shards, of);
    const dropped = () => droppedIn(schema);
    const told = () => trials.map((id) => `${id} of a trial`).toSorted();
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
    expect(await dropped()).toEqual(told());
    const metrics = await Promise.all([first, second].map(async (hub) => (await (await hub.ask('/metrics')).text()).split('\n').find((line) => line.startsWith(counter))));
    expect(metrics.reduce((sum, line) => sum + Number(line?.slice(counter.length) ?? 0), 0)).toBe(trials.length);

    // One that lay in quarantine and is dropped once it is mended is told once as well.
    const mended = await until('it lies in quarantine', async () => {
      // Its own answer.
      const patients = (await (await first.ask('/api/quarantine')).json()) as readonly { readonly message: string; readonly id: string }[];
      return patients.find(({ id }) => id === '8-bad');
    });
    const released = await second.ask(`/api/quarantine/${mended.message}/release`, { reason: 'meant as a trial', data: { pallet: 'P-1', dock: 'none' } });
    expect([released.status, await released.json()]).toMatchObject([200, { filtered: 'of a trial' }]);
    trials.push('8-bad');

    // The killed hub had put them into the inboxes of the shards before it answered.
    await send(second, 9);
    process.kill(second.pid(), 'SIGKILL');
    await until('the first has all of them', async () => String(await shares(schema, shards)) === '4', 120_000);
    await send(first, 10);
    await until('all labels are printed', () => printers.keyed.length >= pallets.length, 120_000);
    await until('all are told', async () => (await dropped()).length >= trials.length);
    expect(await dropped()).toEqual(told());
    const logged = "SELECT count(*) FROM $event WHERE type = 'pallet.booked.v1'";
    expect([await count(logged), await count("SELECT count(*) FROM $run WHERE flow = 'book'")]).toEqual([shards * pallets.length, pallets.length]);
    expect(printers.keyed.toSorted()).toEqual(pallets.toSorted());
  });

  test('of two releases with different filters that of the hub counts which an event came to: in every shard, and once', { timeout: 240_000 }, async () => {
    const { printers, schema, up, release } = await labelPlant(url ?? '', { isShared: true, landscape: 'pallet-landscape', shards });
    release('second-release', 'booked.ts', "reason: 'of a trial', when: ({ dock }) => dock === 'none'", "reason: 'of a yard', when: ({ dock }) => dock === 'yard'");
    const hubs = [
      { hub: await up('first'), drops: 'none', reason: 'of a trial' },
      { hub: await up('second', 'second-release'), drops: 'yard', reason: 'of a yard' },
    ];
    await until('each has two', async () => String(await shares(schema, shards)) === '2,2', 120_000);
    const dropped: string[] = [];
    const taken: string[] = [];
    for (const [place, { hub, drops, reason }] of hubs.entries()) {
      for (const dock of ['none', 'yard']) {
        // Keys in each shard.
        const names = Array.from({ length: 16 }, (_, index) => `${place}-${dock}-${index}`);
        expect(new Set(names.map((name) => shardOf(name, shards))).size).toBe(shards);
        const answer = await hub.ask(
          '/api/events',
          names.map((name) => event(name, { pallet: name, dock })),
        );
        const isDropped = dock === drops;
        expect(await answer.json()).toMatchObject({ accepted: isDropped ? 0 : names.length, quarantined: 0, filtered: isDropped ? names.length : 0 });
        if (isDropped) dropped.push(...names.map((name) => `${name} ${reason}`));
        else taken.push(...names);
      }
    }
    const count = (of: string) => countOf(schema, shards, of);
    const left = '(SELECT count(*) FROM $inbox) + (SELECT count(*) FROM $journal)';
    await until('all labels are printed', () => printers.keyed.length >= taken.length);
    await until('no post is left, and the tables tell all', async () => (await count(`SELECT ${left}`)) === 0, 120_000);
    const logged = await ofShards(schema, shards, "coalesce(string_agg(id, ' '), '') AS ids FROM $event WHERE type = 'pallet.booked.v1'");
    expect(await droppedIn(schema)).toEqual(dropped.toSorted());
    for (const { ids } of logged) expect(String(ids).split(' ').toSorted()).toEqual(taken.toSorted());
    expect(printers.keyed.toSorted()).toEqual(taken.toSorted());
    expect([await count("SELECT count(*) FROM $run WHERE flow = 'book'"), await count('SELECT count(*) FROM $quarantine')]).toEqual([taken.length, 0]);
    const metrics = (await Promise.all(hubs.map(async ({ hub }) => (await hub.ask('/metrics')).text()))).join('\n');
    const counted = [...metrics.matchAll(/^lineshaft_events_filtered_total\{.*\} (\d+)$/gm)].reduce((sum, [, number]) => sum + Number(number), 0);
    expect(counted).toBe(dropped.length);
  });
});
