// CONSOLE: opens the console as a person does, presses through its rooms, and asks the browser how long each took and what stays in memory.
import type { CDPSession, Page } from 'playwright-core';
import { openVisit } from '../test/browser/console-visit.ts';
import { side } from './child-side.ts';

const rooms = ['Lines', 'Orders', 'Exceptions', 'Flows', 'Now'];
const halfMs = 30_000;

await side(async (_task, opened) => {
  const visit = opened.use(await openVisit());
  const { page } = await visit.visitor();
  let scriptBytes = 0;
  const cold = await page.context().newCDPSession(page);
  await cold.send('Network.enable');
  await cold.send('Network.setCacheDisabled', { cacheDisabled: true });
  cold.on('Network.loadingFinished', ({ encodedDataLength }) => {
    scriptBytes += encodedDataLength;
  });
  const paint = await painted(page, visit.url);
  const firstBytes = scriptBytes;
  await cold.detach();
  await watchPresses(page);
  await walk(page, 1);
  // What is loaded on the first visit of a room has been loaded: from here on it must not grow.
  const session = await page.context().newCDPSession(page);
  const slowest: number[] = [];
  const heaps: number[] = [];
  for (let half = 0; half < 2; half += 1) {
    const endMs = performance.now() + halfMs;
    while (performance.now() < endMs) slowest.push(await walk(page, 1));
    heaps.push(await heapBytes(session));
  }
  const [before = 0, after = 0] = heaps;
  return { values: { paint, room: median(slowest), script: firstBytes / 1_000, growth: Math.max(0, ((after - before) / before) * 100) } };
});

/** Milliseconds from the request to the headline of the first room. */
async function painted(page: Page, url: string): Promise<number> {
  const fromMs = performance.now();
  await page.goto(url, { waitUntil: 'commit' });
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  return performance.now() - fromMs;
}

/** The browser's own measure of every press: input delay, work and the paint after it (Event Timing API), milliseconds in steps of eight. */
async function watchPresses(page: Page): Promise<void> {
  await page.evaluate(`
    globalThis.slowestPress = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) globalThis.slowestPress = Math.max(globalThis.slowestPress, duration);
    }).observe({ type: 'event', durationThreshold: 16 });
  `);
}

/** Through all rooms; gives the slowest press. */
async function walk(page: Page, times: number): Promise<number> {
  await page.evaluate('globalThis.slowestPress = 0');
  for (let time = 0; time < times; time += 1) {
    for (const name of rooms) {
      await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name, exact: false }).last().click();
      await page.getByRole('heading', { level: 1 }).first().waitFor();
    }
  }
  return Number(await page.evaluate('globalThis.slowestPress'));
}

async function heapBytes(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
