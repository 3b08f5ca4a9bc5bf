// What an edge that was dead cannot have heard is known when it is back: by each protocol's own means, else as one gap of each address. The counterpart's own record is judge.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { addressOf } from '../../src/connectors/opc-ua/address.ts';
import type { KeptGap } from '../../src/store/edge-store.ts';
import { readEdgeGaps } from '../../src/store/sqlite/edge-gaps.ts';
import { hasHeard, heardEdge, type HeardValue } from '../heard-edge.ts';
import { startOpcUa, type OpcUaProcess } from '../opc-ua-process.ts';
import { until } from '../until.ts';

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lineshaft-away-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Said, not heard, and in no gap; and heard although a gap well within its ends says that it is missing. */
function judge(record: readonly (readonly number[])[], addresses: readonly string[], heard: readonly HeardValue[], gaps: readonly KeptGap[]) {
  const verdict = { unnoticed: 0, twiceNow: 0 };
  for (const [index, address] of addresses.entries()) {
    const own = heard.filter((one) => one.address === address && one.value !== null);
    const values = new Set(own.map(({ value }) => value));
    const live = own.filter(({ historical }) => !historical).map(({ value }) => value);
    verdict.twiceNow += live.length - new Set(live).size;
    const ownGaps = gaps.filter((gap) => gap.address === address);
    for (const [at, saidMs] of (record[index] ?? []).entries()) {
      if (at + 1 < Number(live[0]) || values.has(at + 1)) continue;
      if (!ownGaps.some(({ afterMs, beforeMs }) => saidMs > afterMs && saidMs < beforeMs)) verdict.unnoticed++;
    }
  }
  return verdict;
}

async function said(server: OpcUaProcess): Promise<number> {
  return Number(await server.ask({ do: 'said' }));
}

test.for([
  { end: 'SIGKILL', history: false },
  { end: 'SIGTERM', history: false },
  { end: 'SIGKILL', history: true },
] as const)(
  'what an OPC UA server said while the edge was away ($end) is one gap of each node, or read from its history ($history)',
  { timeout: 120_000 },
  async ({ end, history }) => {
    const folder = await freshFolder();
    await using server = await startOpcUa('--items', '5', '--every', '100', ...(history ? ['--history'] : []));
    const addresses = Array.from({ length: 5 }, (_, index) => addressOf(server.namespace, `s=Counter.${index}`));
    const file = join(folder, 'edge.db');
    const given = { connector: 'opc-ua', file, folder, options: { url: server.url, security: 'none', intervalMs: 100 }, addresses } as const;
    const heard: HeardValue[] = [];
    const first = heardEdge(given, heard);
    onTestFinished(() => first.end('SIGKILL'));
    // Longer than it takes until it is sure that all was told.
    await until('values and a checkpoint', () => hasHeard(heard, addresses, 15), 60_000);
    await first.end(end);
    const [before, saidBefore] = [heard.length, await said(server)];
    await until('what nobody hears', async () => (await said(server)) > saidBefore + 10, 30_000);

    const second = heardEdge(given, heard);
    onTestFinished(() => second.end('SIGKILL'));
    await until('values of the second life', () => hasHeard(heard, addresses, 1, before), 60_000);
    await server.ask({ do: 'stop saying' });
    const last = await said(server);
    await until('the last value', () => addresses.every((address) => heard.some((one) => one.address === address && one.value === last)), 30_000);
    // The answer is a list of lists of instants.
    const record = (await server.ask({ do: 'record' })) as readonly (readonly number[])[];
    const told = () => readEdgeGaps(file, { limit: 100 });
    // What is missing is told behind the values of now.
    const isSettled = (): boolean => told().openFound === 0 && judge(record, addresses, heard, told().newest).unnoticed === 0 && (history || told().found > 0);
    await until('each node is settled', isSettled, 60_000);
    const { found, newest } = told();
    expect([found, new Set(newest.map(({ address }) => address)).size]).toEqual(history ? [0, 0] : [5, 5]);
    if (!history) expect(newest[0]?.reason).toBe('the edge was away, and the server keeps no history of it');
    expect(judge(record, addresses, heard, newest)).toEqual({ unnoticed: 0, twiceNow: 0 });
    await second.end('SIGTERM');
  },
);
