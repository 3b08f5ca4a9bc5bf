// A message in quarantine on two hubs that share a log of four shards on one PostgreSQL: what is released comes into all shards with the commit that
// releases it, also where the hub that holds the message dies before it can do anything else.
import { describe, expect, test } from 'vitest';
import { shardOf } from '../../src/store/shard.ts';
import { until } from '../until.ts';
import { labelPlant } from './label-plant.ts';
import { ofShards, shares } from './shard-rows.ts';

const url = process.env['LINESHAFT_POSTGRES'];
const shards = 4;

/** Without its key: it lies in the shard of its own text. */
const bad = (pallet: string): object => ({ specversion: '1.0', id: `${pallet} packed`, source: '/packing', type: 'pallet.packed.v1', data: { dock: 'D-1' } });
/** One that is the work of another shard than the one in which its message lies. */
const pallet = Array.from({ length: 100 }, (_, index) => `P-${index}`).find((name) => shardOf(name, shards) !== shardOf(JSON.stringify(bad(name)), shards)) ?? '';

describe.skipIf(url === undefined || process.platform === 'win32')('a release from quarantine on four shards (skipped without LINESHAFT_POSTGRES)', () => {
  test('a hub that is killed as soon as it has released a message has told the other shards of it, once', { timeout: 240_000 }, async () => {
    const { printers, schema, up } = await labelPlant(url ?? '', { isShared: true, landscape: 'pallet-landscape', shards });
    const dies = { LINESHAFT_KILL_AT: 'after-commit:audit.quarantine.released' };
    const both = [await up('first', undefined, dies), await up('second', undefined, dies)] as const;
    await until('each has two', async () => String(await shares(schema, shards)) === '2,2', 120_000);
    expect((await both[0].ask('/api/events', bad(pallet))).status).toBe(422);
    const message = await until('it lies in quarantine', async () => {
      const answer = await both[0].ask('/api/quarantine');
      // The hub's own answer.
      const [found] = answer.status === 200 ? ((await answer.json()) as readonly { readonly message: string }[]) : [];
      return found?.message;
    });
    const release = async (hub: (typeof both)[number]) => hub.ask(`/api/quarantine/${message}/release`, { reason: 'mended', data: { pallet, dock: 'D-1' } });

    // Whichever holds it dies; the one that was asked may be another one, which hears nothing.
    await release(both[0]).catch(() => undefined);
    const living = await Promise.race([both[0].command.ended.then(() => both[1]), both[1].command.ended.then(() => both[0])]);
    await until('the other has all of them', async () => String(await shares(schema, shards)) === '4', 120_000);
    await until('its labels are printed', () => printers.keyed.includes(pallet) && printers.plain.includes(pallet), 120_000);
    await until('its case is over', async () => {
      const answer = await living.ask('/api/exceptions');
      return answer.status === 200 && (await answer.text()) === '[]';
    });
    const again = await until('it is asked for once more where it lies', async () => {
      const answer = await release(living);
      return answer.status === 503 ? undefined : answer;
    });
    expect([again.status, await again.text()]).toEqual([409, expect.stringContaining('released')]);
    const logged = await ofShards(schema, shards, `count(*)::int AS number FROM $event WHERE id = '${pallet} packed'`);
    expect([logged.map(({ number }) => number), printers.keyed, printers.plain]).toEqual([[1, 1, 1, 1], [pallet], [pallet]]);
  });
});
