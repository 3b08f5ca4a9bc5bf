// RECOVER: kills a hub in whose runs half wait for an event, while the effects of the other half are queued or without an answer;
// when all have gone on, the ledger holds each effect once.
import { batchSender } from './batch-sender.ts';
import { benchHub } from './bench-hub.ts';
import { openBooks, type Books } from './books.ts';
import { side } from './child-side.ts';
import { sameCount } from './four-steps-answer.ts';
import { holdPallets, liveRuns, passed, releasePallets } from './held-pallets.ts';

const endMaxMs = 90_000;

await side(async (task, opened) => {
  const books = await openBooks(opened);
  const { start, children } = await benchHub(task, opened, books.url);
  const emptyFrom = performance.now();
  let hub = await start();
  const emptyMs = performance.now() - emptyFrom;
  const half = task.inFlight / 2;
  const sender = batchSender(hub.url, hub.key, 1);
  await holdPallets(sender, 1, task.inFlight);
  books.silent = true;
  await releasePallets(sender, 1, half);
  await liveRuns(hub, task.inFlight);
  const known = new Set(books.rows.map(({ quantity }) => quantity));
  books.silent = false;
  const killed = performance.now();
  await children.stop('hub', 'SIGKILL');
  hub = await start();
  const readyMs = performance.now() - killed;
  const again = batchSender(hub.url, hub.key, 1);
  await releasePallets(again, half + 1, 1);
  await until(() => books.rows.some(({ quantity }) => !known.has(quantity)), 'an effect');
  const onMs = performance.now() - killed;
  await releasePallets(again, half + 2, half - 1);
  await liveRuns(hub, 0);
  check(books, task.inFlight);
  return { values: { onMs, readyMs, emptyMs } };
});

function check({ rows }: Books, runs: number): void {
  sameCount('rows in the ledger', rows.length, runs);
  sameCount('runs in the ledger', new Set(rows.map(({ order, quantity }) => `${order} ${quantity}`)).size, runs);
}

async function until(isSo: () => boolean, what: string): Promise<void> {
  for (const from = performance.now(); !isSo(); await passed(5)) {
    if (performance.now() - from > endMaxMs) throw new Error(`${what} did not come`);
  }
}
