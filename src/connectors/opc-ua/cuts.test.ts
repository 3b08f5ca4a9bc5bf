import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { playCuts } from '../../../test/cut-play.ts';
import { startOpcUa } from '../../../test/opc-ua-process.ts';

// Together, since most of it is waiting. LINESHAFT_OPC_UA_ITEMS=10000 plays it with 10,000 items, for a minute.
const items = Number(process.env['LINESHAFT_OPC_UA_ITEMS'] ?? 500);
const isLarge = items > 500;
const patienceMs = 120_000;
// The lifetime is longer than any machine is slow; so that nobody waits for its end, the server is told to forget us.
const small = { shortMs: 300, longMs: 500, isForgotten: true, lifetimeMs: 300_000, queueSize: 5_000, patienceMs };
const large = { shortMs: 2_000, longMs: 40_000, isForgotten: false, lifetimeMs: 20_000, queueSize: 200, patienceMs };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineshaft-cuts-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.concurrent(
  'three short cuts lose nothing and double nothing; a long one is exactly one gap of each item, and nothing is missing unnoticed',
  { timeout: 2 * patienceMs },
  async () => {
    await using server = await startOpcUa('--items', String(items), '--every', isLarge ? '1000' : '100');
    const verdict = await playCuts({ server, folder, items, ...(isLarge ? large : small) });
    expect(verdict).toMatchObject({ unnoticed: 0, duplicated: 0, outOfOrder: 0, gaps: items, gapsTwice: 0, inGapYetHeard: 0, historical: 0 });
    expect(verdict.said).toBeGreaterThan(verdict.heard);
  },
);

test.concurrent('what a long cut cost is read from the history where the server keeps one, and no gap is told', { timeout: 2 * patienceMs }, async () => {
  await using server = await startOpcUa('--items', '50', '--every', '100', '--history');
  const verdict = await playCuts({ server, folder, items: 50, ...small });
  expect(verdict).toMatchObject({ unnoticed: 0, duplicated: 0, outOfOrder: 0, gaps: 0 });
  expect(verdict.historical).toBeGreaterThan(0);
  expect(verdict.heard).toBe(verdict.said);
});
