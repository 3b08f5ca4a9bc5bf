// Effects and undos that are carried out in another shard than their run's, on two hubs that share a log of four shards on one PostgreSQL: what was refused there is
// asked for anew, or something else is, as in the run's own shard.
import { describe, expect, test } from 'vitest';
import { shardOf } from '../../src/store/shard.ts';
import { until } from '../until.ts';
import { labelPlant, type Hub } from './label-plant.ts';
import { countOf, shares } from './shard-rows.ts';

const url = process.env['LINESHAFT_POSTGRES'];
const shards = 4;

/** What of a case is needed to decide about it. */
interface Case {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly run: string;
  readonly actions: readonly string[];
}

/** The answer as JSON; asked again while a shard changes hands. */
async function json(ask: () => Promise<Response>): Promise<unknown> {
  const response = await until('the shard is held', async () => {
    const answer = await ask().catch(() => undefined);
    return answer !== undefined && answer.status !== 503 && answer;
  });
  const text = await response.text();
  expect([response.status, text]).toEqual([200, expect.anything()]);
  return JSON.parse(text);
}

const names = Array.from({ length: 100 }, (_, index) => String(index + 1));
/** Of each shard a pallet, with a dock of the next. */
const pallets = [1, 2, 3, 4].map((shard) => ({
  pallet: names.map((name) => `P-${name}`).find((pallet) => shardOf(pallet, shards) === shard) ?? '',
  dock: names.map((name) => `D-${name}`).find((dock) => shardOf(dock, shards) === (shard % shards) + 1) ?? '',
}));

describe.skipIf(url === undefined || process.platform === 'win32')('undos of other shards (skipped without LINESHAFT_POSTGRES)', () => {
  test('one that was refused is retried or edited; what is refused again is a case again, also where a hub is killed over it', { timeout: 300_000 }, async () => {
    const { printers, schema, up } = await labelPlant(url ?? '', { isShared: true, landscape: 'pallet-landscape', shards });
    const [first, second] = [await up('first'), await up('second')];
    await until('each has two', async () => String(await shares(schema, shards)) === '2,2', 120_000);
    const count = (of: string) => countOf(schema, shards, of);
    for (const data of pallets) {
      const event = { specversion: '1.0', id: `${data.pallet} lent`, source: '/sales', type: 'pallet.lent.v1', data };
      expect((await first.ask('/api/events', event)).status).toBe(200);
    }
    type Runs = readonly { readonly id: string; readonly key: string; readonly status: string; readonly reason?: string }[];
    // Its own answers, whose shape the reference tells.
    const runs = async () => (await json(() => first.ask('/api/runs?flow=lend&limit=100'))) as Runs;
    await until('all of them wait', async () => (await count("SELECT count(*) FROM $step WHERE kind = 'wait'")) === shards, 120_000);
    const cases = async (hub: Hub) => (await json(() => hub.ask('/api/exceptions?limit=100'))) as readonly Case[];
    const keyOf = new Map((await runs()).map(({ id, key }) => [id, key]));
    const caseOf = (pallet: string) =>
      until(`a case of ${pallet}`, async () => (await cases(first)).find(({ type, run }) => type === 'compensation-refused' && keyOf.get(run) === pallet), 120_000);
    const decide = async (hub: Hub, pallet: string, deed: string, more: object = {}): Promise<void> => {
      const { id, version } = await caseOf(pallet);
      await json(() => hub.ask(`/api/exceptions/${id}/${deed}`, { version, note: 'as agreed', ...more }));
    };
    const reasonOf = async (pallet: string) => (await runs()).find(({ key }) => key === pallet)?.reason;
    const isSetBack = (pallet: string) => until(`${pallet} is set back`, async () => (await reasonOf(pallet)) === 'cancelled by admin: not wanted', 120_000);

    for (const { pallet } of pallets) printers.refuse(`back-${pallet}`, true);
    for (const { id } of await runs()) {
      const path = `/api/runs/${encodeURIComponent(id)}`;
      const { version } = (await json(() => first.ask(path))) as { readonly version: string };
      await json(() => second.ask(`${path}/cancel`, { version, reason: 'not wanted' }));
    }
    for (const { pallet } of pallets) {
      expect((await caseOf(pallet)).actions).toEqual(expect.arrayContaining(['retry', 'edit', 'skip']));
      expect(await reasonOf(pallet)).toBe('cancelled by admin: not wanted; not set back: keyed-label.print#1');
    }
    const [one, other, third, fourth] = pallets.map(({ pallet }) => pallet);
    const back = (): readonly string[] => printers.keyed.filter((pallet) => pallet.startsWith('back-')).toSorted();
    const asked = (pallet = '') => printers.asked.filter((request) => request.pallet === `back-${pallet}`).length;
    expect([back(), pallets.map(({ pallet }) => asked(pallet))]).toEqual([[], [1, 1, 1, 1]]);

    // Refused again it is a case again; then it is taken, under an identity of its own.
    const before = await caseOf(one ?? '');
    await decide(second, one ?? '', 'retry');
    const again = await until('it is a case again', async () => (await caseOf(one ?? '')).id !== before.id && (await caseOf(one ?? '')));
    expect([again.actions, asked(one)]).toEqual([expect.arrayContaining(['retry', 'edit', 'skip']), 2]);
    printers.refuse(`back-${one}`, false);
    await decide(first, one ?? '', 'retry');
    await isSetBack(one ?? '');
    expect([back(), asked(one)]).toEqual([[`back-${one}`], 3]);

    // Something else, of the same dock.
    const dock = pallets[1]?.dock;
    await decide(first, other ?? '', 'edit', { value: { pallet: 'P-another', dock } });
    await isSetBack(other ?? '');
    expect([back(), asked(other)]).toEqual([[`back-${one}`, 'back-P-another'], 1]);

    // Whoever is killed meanwhile: it is asked for once, and told.
    printers.refuse(`back-${third}`, false);
    printers.refuse(`back-${fourth}`, false);
    printers.hold();
    for (const pallet of [third, fourth]) await decide(first, pallet ?? '', 'retry');
    await until('the printer has both', () => asked(third) === 2 && asked(fourth) === 2, 120_000);
    process.kill(second.pid(), 'SIGKILL');
    printers.release();
    await until('the first has all of them', async () => String(await shares(schema, shards)) === '4', 120_000);
    for (const pallet of [third, fourth]) await isSetBack(pallet ?? '');
    expect(back()).toEqual([`back-${one}`, 'back-P-another', `back-${third}`, `back-${fourth}`].toSorted());
    expect((await cases(first)).filter(({ type }) => type === 'compensation-refused')).toEqual([]);
    await until('no post is left', async () => (await count('SELECT (SELECT count(*) FROM $inbox) + (SELECT count(*) FROM $answer)')) === 0);
  });

  test('a call that was refused is retried or edited, and its run goes on with the answer', { timeout: 300_000 }, async () => {
    const { printers, schema, up } = await labelPlant(url ?? '', { isShared: true, landscape: 'pallet-landscape', shards });
    const [first, second] = [await up('first'), await up('second')];
    await until('each has two', async () => String(await shares(schema, shards)) === '2,2', 120_000);
    for (const { pallet } of pallets) printers.refuse(`back-${pallet}`, true);
    for (const data of pallets) {
      const event = { specversion: '1.0', id: `${data.pallet} recalled`, source: '/sales', type: 'pallet.recalled.v1', data };
      expect((await second.ask('/api/events', event)).status).toBe(200);
    }
    const cases = async () => (await json(() => first.ask('/api/exceptions?limit=100'))) as readonly (Case & { readonly keys: { readonly item: string } })[];
    const refusedOf = (pallet: string) =>
      until(`a case of ${pallet}`, async () => (await cases()).find(({ type, keys }) => type === 'capability-refused' && keys.item === pallet), 120_000);
    const decide = async (turn: number, pallet: string, deed: string, more: object = {}): Promise<void> => {
      const { id, version } = await refusedOf(pallet);
      await json(() => (turn % 2 === 0 ? first : second).ask(`/api/exceptions/${id}/${deed}`, { version, note: 'as agreed', ...more }));
    };
    for (const [turn, { pallet }] of pallets.entries()) {
      const before = await refusedOf(pallet);
      await decide(turn, pallet, 'retry');
      await until('it is a case again', async () => (await refusedOf(pallet)).id !== before.id, 120_000);
    }
    const [edited, ...retried] = pallets;
    for (const { pallet } of retried) printers.refuse(`back-${pallet}`, false);
    for (const [turn, { pallet }] of retried.entries()) await decide(turn, pallet, 'retry');
    await decide(0, edited?.pallet ?? '', 'edit', { value: { pallet: 'P-another', dock: edited?.dock } });
    const done = "SELECT count(*) FROM $run WHERE flow = 'recall' AND status = 'done'";
    await until('all runs are done', async () => (await countOf(schema, shards, done)) === shards, 120_000);
    expect(printers.keyed.toSorted()).toEqual(['back-P-another', ...retried.map(({ pallet }) => `back-${pallet}`)].toSorted());
    expect(await cases()).toEqual([]);
  });
});
