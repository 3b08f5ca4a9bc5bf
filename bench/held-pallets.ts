import type { BatchSender } from './batch-sender.ts';

const batchEvents = 100;

/** Begins a run for each number: it waits for its own release. */
export async function holdPallets(sender: BatchSender, from: number, count: number): Promise<void> {
  await inBatches(sender, from, count, (number) =>
    event(number, 'pallet.held.v1', `{"order":"PO-${number}","pallet":${number},"episode":"ep-${number}","reason":"the label cannot be read"}`),
  );
}

/** As many events that no run begins with. */
export async function scanPallets(sender: BatchSender, from: number, count: number): Promise<void> {
  await inBatches(sender, from, count, (number) =>
    event(number, 'pallet.scanned.v1', `{"order":"PO-${number}","item":"SKU-1","pallet":${number},"weightKg":412.5,"gate":"gate-3","labels":[]}`),
  );
}

/** Lets the runs of these numbers go on. */
export async function releasePallets(sender: BatchSender, from: number, count: number): Promise<void> {
  await inBatches(sender, from, count, (number) => event(number, 'pallet.released.v1', `{"episode":"ep-${number}","quantity":${number}}`));
}

function event(number: number, type: string, data: string): string {
  return `{"specversion":"1.0","id":"${type}-${number}","source":"urn:edge:bremen:line-1","type":"${type}","time":"2026-11-22T10:00:00Z","data":${data}}`;
}

async function inBatches(sender: BatchSender, from: number, count: number, make: (number: number) => string): Promise<void> {
  for (let at = 0; at < count; at += batchEvents) await sender.send(Array.from({ length: Math.min(batchEvents, count - at) }, (_, index) => make(from + at + index)));
}

const waitMaxMs = 120_000;

/** Resolves when the hub has so many runs in memory, and nothing waits for its store. */
export async function liveRuns(hub: { readonly url: string; readonly key: string }, count: number): Promise<void> {
  for (const until = performance.now() + waitMaxMs; ; await passed(50)) {
    const answer = await fetch(`${hub.url}/metrics`, { headers: { authorization: `Bearer ${hub.key}` } });
    const text = await answer.text();
    const value = (name: string): number => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1]);
    if (value('lineshaft_runs_live') === count && value('lineshaft_pipeline_depth') === 0) return;
    if (performance.now() > until) throw new Error(`${value('lineshaft_runs_live')} runs live, ${count} expected`);
  }
}

export function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
