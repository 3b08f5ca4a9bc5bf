// Two real hubs on one PostgreSQL: one is stopped in mid-call, the other takes over, the first wakes up again.
import { describe, expect, test } from 'vitest';
import { until } from '../until.ts';
import { labelPlant } from './label-plant.ts';
import { ownPostgres, postgresBin, query } from './own-postgres.ts';

const url = process.env['LINESHAFT_POSTGRES'];

const wanted = (pallet: string): object => ({ specversion: '1.0', id: pallet, source: '/packing', type: 'label.wanted.v1', data: { pallet } });
const pallets = Array.from({ length: 12 }, (_, index) => `P-${index + 1}`);

describe.skipIf(url === undefined || process.platform === 'win32')('two hubs on one PostgreSQL (skipped without LINESHAFT_POSTGRES)', () => {
  test('a hub that is stopped in mid-call and wakes up after another took over ends, and no label is printed twice', { timeout: 240_000 }, async () => {
    const { printers, up, start } = await labelPlant(url ?? '', { isShared: true });
    const first = await up('first');
    expect((await start('second').ended).stderr).toMatch(/is held by the hub .+, for another \d+ s unless it goes on[^]+One hub at a time/);

    printers.hold();
    for (const pallet of pallets) expect((await first.ask('/api/events', wanted(pallet))).status).toBe(200);
    await until('both printers have all that they take at once', () => printers.waiting() === 8);
    process.kill(first.pid(), 'SIGSTOP');
    expect([printers.keyed.length, printers.plain.length]).toEqual([4, 4]);

    const second = await up('second');
    // Read below, where they must be what is expected.
    const cases = async () => (await (await second.ask('/api/exceptions')).json()) as readonly { readonly type: string; readonly summary: string }[];
    await until('what the old printer may have under way is parked', async () => (await cases()).length === 4);
    expect((await cases()).map(({ type }) => type)).toEqual(Array.from({ length: 4 }, () => 'effect-parked'));
    printers.release();
    process.kill(first.pid(), 'SIGCONT');
    expect(await first.command.ended).toMatchObject({ code: 76, stderr: expect.stringContaining('another hub has taken the store over') });

    await until('everything that is not parked is printed', () => printers.keyed.length === pallets.length && printers.plain.length === pallets.length, 120_000);
    expect((await second.ask('/api/events', wanted('P-last'))).status).toBe(200);
    await until('the second hub goes on', () => printers.plain.includes('P-last') && printers.keyed.includes('P-last'));
    for (const ledger of [printers.keyed, printers.plain]) expect(ledger.toSorted()).toEqual([...pallets, 'P-last'].toSorted());
    expect((await cases()).length).toBe(4);
  });

  test('a hub that was killed goes on at once on its own data directory', { timeout: 240_000 }, async () => {
    const { printers, up } = await labelPlant(url ?? '', { isShared: true });
    const first = await up('first');
    printers.hold();
    expect((await first.ask('/api/events', wanted('P-1'))).status).toBe(200);
    await until('both printers have it', () => printers.waiting() === 2);
    process.kill(first.pid(), 'SIGKILL');
    await first.command.ended;
    printers.release();
    const again = await up('first');
    const runs = async () => (await (await again.ask('/api/runs')).json()) as readonly { readonly status: string }[];
    await until('the run has ended', async () => (await runs()).every(({ status }) => status === 'done'));
    expect([printers.keyed, printers.plain]).toEqual([['P-1'], ['P-1']]);
  });
});

test.skipIf(postgresBin() === undefined)(
  'a hub whose database is away takes nothing new, lives on, and goes on when it is back (skipped without PostgreSQL)',
  { timeout: 240_000 },
  async () => {
    await using server = await ownPostgres();
    const { printers, schema, up } = await labelPlant(server.url, { isShared: false });
    const hub = await up('first');
    printers.hold();
    expect((await hub.ask('/api/events', wanted('P-1'))).status).toBe(200);
    await until('both printers have it', () => printers.waiting() === 2);
    await server.stop('immediate');
    // The answers come while nothing can be written down.
    printers.release();
    const refused = await until('the hub refuses', async () => {
      const answer = await hub.ask('/api/events', wanted('P-2')).then(
        async (response) => ({ status: response.status, text: await response.text() }),
        () => undefined,
      );
      return answer?.status === 503 && answer;
    });
    expect(refused.text).toContain('STORE_UNAVAILABLE');
    await server.start();
    await until('the hub takes events again', async () => (await hub.ask('/api/events', wanted('P-2'))).status === 200);
    await until('both pallets are done', async () => (await query(server.url, `SELECT 1 FROM ${schema}.run WHERE status = 'done'`)).length === 2);
    expect([printers.keyed, printers.plain]).toEqual([
      ['P-1', 'P-2'],
      ['P-1', 'P-2'],
    ]);
  },
);
