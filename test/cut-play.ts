// Items of an OPC UA server that count on, cut off from who listens three times shortly and once for long; judged by the server's own record.
import { opcUa } from '../src/connectors/opc-ua/opc-ua.ts';
import { addressOf } from '../src/connectors/opc-ua/address.ts';
import type { OpcUaProcess } from './opc-ua-process.ts';
import { realPorts, recordedSink } from './recorded-sink.ts';
import { tcpGate } from './services/tcp-gate.ts';
import { until } from './until.ts';

export interface CutVerdict {
  readonly said: number;
  readonly heard: number;
  /** Said, not heard, and in no gap. */
  readonly unnoticed: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
  /** Values within gaps, and items with more than one gap of the long cut. */
  readonly gaps: number;
  readonly gapsTwice: number;
  /** Heard although a gap says that they are missing. */
  readonly inGapYetHeard: number;
  readonly historical: number;
}

export interface CutPlay {
  readonly server: OpcUaProcess;
  /** Where our certificate goes. */
  readonly folder: string;
  readonly items: number;
  readonly shortMs: number;
  readonly longMs: number;
  /** The server is told to forget us, instead of waiting for the end of the lifetime. */
  readonly isForgotten: boolean;
  readonly lifetimeMs: number;
  readonly queueSize: number;
  readonly patienceMs: number;
}

/** Plays the cuts and compares what was heard with what was said. */
export async function playCuts({ server, folder, items, shortMs, longMs, isForgotten, lifetimeMs, queueSize, patienceMs }: CutPlay): Promise<CutVerdict> {
  const sink = recordedSink();
  await using gate = await tcpGate('127.0.0.1', server.port);
  const addresses = Array.from({ length: items }, (_, index) => addressOf(server.namespace, `s=Counter.${index}`));
  const options = { url: `opc.tcp://127.0.0.1:${gate.port}`, security: 'none' as const, intervalMs: 100, lifetimeMs, queueSize };
  const source = await opcUa.open(options, addresses, sink, { ...realPorts('counters'), folder });
  try {
    const latest = new Map<string, number>();
    let seen = 0;
    const newest = (): Map<string, number> => {
      for (; seen < sink.all.length; seen++) {
        const sample = sink.all[seen];
        if (sample && sample.historical !== true) latest.set(sample.address, Number(sample.value));
      }
      return latest;
    };
    /** Every item has been heard with a value beyond the one that was said last. */
    const caughtUp = async (what: string): Promise<void> => {
      const said = await sayings(server);
      await until(what, () => newest().size === items && [...newest().values()].every((value) => value >= said), patienceMs);
    };
    const cut = async (forMs: number, meanwhile: () => Promise<unknown> = async () => undefined): Promise<void> => {
      gate.shut();
      gate.cut();
      await Promise.all([meanwhile(), new Promise((resolve) => setTimeout(resolve, forMs))]);
      gate.open();
    };
    await caughtUp('the first values');
    for (let short = 0; short < 3; short++) {
      await cut(shortMs);
      await caughtUp('the values after a short cut');
    }
    await cut(longMs, () => (isForgotten ? server.ask({ do: 'forget sessions' }) : Promise.resolve()));
    await caughtUp('the values after the long cut');
    await server.ask({ do: 'stop saying' });
    await caughtUp('the last values');
    // Histories are read behind the values of now.
    const record = await recordOf(server);
    await until('all that is missing is settled', () => judge(addresses, record, sink).unnoticed === 0, patienceMs).catch(() => undefined);
    return judge(addresses, record, sink);
  } finally {
    await source.close();
  }
}

async function sayings(server: OpcUaProcess): Promise<number> {
  return Number(await server.ask({ do: 'said' }));
}

async function recordOf(server: OpcUaProcess): Promise<readonly (readonly number[])[]> {
  const record = await server.ask({ do: 'record' });
  if (!Array.isArray(record)) throw new Error('the server gave no record');
  // The server's answer is a list of lists of instants; nobody else writes it.
  return record as readonly (readonly number[])[];
}

function judge(addresses: readonly string[], record: readonly (readonly number[])[], sink: ReturnType<typeof recordedSink>): CutVerdict {
  const heard = Map.groupBy(sink.all, ({ address }) => address);
  const gaps = Map.groupBy(sink.missing, ({ address }) => address);
  const verdict = { said: 0, heard: sink.all.length, unnoticed: 0, duplicated: 0, outOfOrder: 0, gaps: sink.missing.length, gapsTwice: 0, inGapYetHeard: 0, historical: 0 };
  for (const [index, address] of addresses.entries()) {
    const saidMs = record[index] ?? [];
    const own = heard.get(address) ?? [];
    const ownGaps = gaps.get(address) ?? [];
    const live = own.filter(({ historical }) => historical !== true).map(({ value }) => Number(value));
    const values = new Set(own.map(({ value }) => Number(value)));
    const first = live[0] ?? 1;
    verdict.said += saidMs.length - first + 1;
    verdict.historical += own.length - live.length;
    verdict.duplicated += own.length - values.size;
    verdict.outOfOrder += live.filter((value, at) => at > 0 && value <= (live[at - 1] ?? 0)).length;
    verdict.gapsTwice += ownGaps.length > 1 ? 1 : 0;
    for (let value = first; value <= saidMs.length; value++) {
      const atMs = saidMs[value - 1] ?? 0;
      const isInGap = ownGaps.some(({ afterMs, beforeMs }) => atMs > afterMs && atMs < beforeMs);
      if (!values.has(value) && !isInGap) verdict.unnoticed++;
      if (values.has(value) && isInGap) verdict.inGapYetHeard++;
    }
  }
  return verdict;
}
