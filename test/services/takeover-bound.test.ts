// How long a takeover takes, by the clock and the leases of the database; and what comes before anything is tried again.
import { describe, expect, test } from 'vitest';
import { leaseMsOf } from '../../src/run/environment.ts';
import { schemaName } from '../../src/store/postgres/shard-roll.ts';
import { shardOf } from '../../src/store/shard.ts';
import { until } from '../until.ts';
import { labelPlant } from './label-plant.ts';
import { query } from './own-postgres.ts';

const url = process.env['LINESHAFT_POSTGRES'];
const numbers = [1, 2, 3, 4];
/** As the landscape has them: shorter than usual, and how long a write to the strict printer may take to settle. */
const leaseMs = 6_000;
const settlesMs = 2_000;
/** What is left of the fifteen seconds beside the lease that is usual. */
const beyondLeaseMs = 15_000 - leaseMsOf({});

describe.skipIf(url === undefined || process.platform === 'win32')('the shards of a killed hub (skipped without LINESHAFT_POSTGRES)', () => {
  test('are taken over within fifteen seconds of its last word, and nothing that it sent is tried again before it must have settled', { timeout: 240_000 }, async () => {
    const ask = (text: string) => query(url ?? '', text);
    const { printers, schema, up } = await labelPlant(url ?? '', { isShared: true, landscape: 'pallet-landscape', shards: numbers.length });
    const first = await up('first');
    const second = await up('second');
    const holders = async () =>
      ask(numbers.map((shard) => `SELECT ${shard} AS shard, hub, epoch::int, expires > clock_timestamp() AS held FROM ${schemaName(schema, shard)}.holder`).join(' UNION ALL '));
    const byHub = async () =>
      Map.groupBy(
        (await holders()).filter(({ held }) => held === true),
        ({ hub }) => String(hub),
      );
    await until('each has two', async () => [...(await byHub()).values()].map(({ length }) => length).join() === '2,2', 120_000);
    // Each word of a holder, as the database hears it.
    await ask(`CREATE TABLE ${schema}.word (shard int, hub text, epoch bigint, at timestamptz NOT NULL DEFAULT clock_timestamp());
      ${numbers
        .map((shard) => {
          const name = schemaName(schema, shard);
          return `CREATE FUNCTION ${name}.hear() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO ${schema}.word VALUES (${shard}, NEW.hub, NEW.epoch); RETURN NEW; END $$;
            CREATE TRIGGER hear AFTER UPDATE ON ${name}.holder FOR EACH ROW EXECUTE FUNCTION ${name}.hear();`;
        })
        .join('')}`);

    printers.lose();
    // Fewer of each shard than it sends at once.
    const names = Map.groupBy(
      Array.from({ length: 40 }, (_, index) => `P-${index + 1}`),
      (name) => shardOf(name, numbers.length),
    );
    const pallets = [...names.values()].flatMap((all) => all.slice(0, 3));
    for (const pallet of pallets) {
      const event = { specversion: '1.0', id: `${pallet} sealed`, source: '/gate', type: 'pallet.sealed.v1', data: { pallet, dock: 'D-1' } };
      expect((await first.ask('/api/events', event)).status).toBe(200);
    }
    await until('all are sent, and lost', () => printers.asked.length === pallets.length, 120_000);
    const before = await holders();
    process.kill(second.pid(), 'SIGKILL');
    printers.release();
    const [heir] = await until('the first has all of them', async () => [...(await byHub())].find(([, { length }]) => length === numbers.length), 120_000);

    const takenMs = new Map<number, number>();
    const instants = 'floor(extract(epoch FROM max(at)) * 1000)::float8 AS last, floor(extract(epoch FROM min(at)) * 1000)::float8 AS first';
    for (const { shard, epoch } of before.filter(({ hub }) => hub !== heir)) {
      const [theirs, ours] = await ask(`SELECT ${instants} FROM ${schema}.word WHERE shard = ${String(shard)} GROUP BY epoch > ${String(epoch)} ORDER BY epoch > ${String(epoch)}`);
      const taken = Number(ours?.['first']);
      const gapMs = taken - Number(theirs?.['last']);
      takenMs.set(Number(shard), taken);
      expect(gapMs).toBeGreaterThanOrEqual(leaseMs - 1);
      expect(gapMs).toBeLessThanOrEqual(leaseMs + beyondLeaseMs);
    }
    expect(takenMs.size).toBe(2);

    await until('all are printed', () => printers.strict.length === pallets.length, 120_000);
    expect(printers.strict.toSorted()).toEqual(pallets.toSorted());
    const theirs = pallets.filter((pallet) => takenMs.has(shardOf(pallet, numbers.length)));
    expect(theirs.length).toBeGreaterThan(0);
    for (const pallet of theirs) {
      const [, again, ...more] = printers.asked.filter((one) => one.pallet === pallet);
      expect(more).toEqual([]);
      expect((again?.atMs ?? 0) - (takenMs.get(shardOf(pallet, numbers.length)) ?? Number.NaN)).toBeGreaterThanOrEqual(settlesMs);
    }
  });
});
