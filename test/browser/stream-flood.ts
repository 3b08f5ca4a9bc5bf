// Eight hours at the console in minutes: as many messages of the hub's stream as they would bring, through the page's own listeners.
import type { CDPSession, Page } from 'playwright-core';

/** What the demo's stream brought in one minute in which the packer was let recover, slowed and let recover again: the most that it ever brings. */
export const busyMinute = { trends: 60, others: 92 };

/** Of the page after its garbage is collected. */
export interface Held {
  readonly heapBytes: number;
  readonly nodes: number;
  readonly listeners: number;
}

const rooms = ['Lines', 'Orders', 'Exceptions', 'Flows', 'Now'];

/** Lets a page's stream be fed besides what the hub sends. Before the page is opened. */
export async function openToFlood(page: Page): Promise<void> {
  await page.addInitScript(`{
    const Real = globalThis.EventSource;
    globalThis.EventSource = class extends Real {
      constructor(url, init) {
        super(url, init);
        if (!String(url).startsWith('/api/stream')) return;
        globalThis.fedStream = this;
        super.addEventListener('trend', ({ data }) => { globalThis.lastTrend ??= JSON.parse(data); });
      }
    };
    globalThis.fed = 0;
    globalThis.feed = async (trends, others, made) => {
      const tell = (kind, data) => globalThis.fedStream.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(data), lastEventId: '' }));
      // Each second of the plant is the next one, with a value of its own; each change another of those that really happened.
      for (let index = 0; index < Math.max(trends, others); index += 1) {
        globalThis.fed += 1;
        if (index < trends) {
          globalThis.trendMs = Math.max(Date.now(), globalThis.trendMs ?? 0) + 1_000;
          const points = globalThis.lastTrend.points.map((point) => ({ ...point, atMs: globalThis.trendMs, average: point.average * (0.9 + Math.random() / 5) }));
          tell('trend', { ...globalThis.lastTrend, points });
        }
        if (index < others) { const { kind, data } = made[globalThis.fed % made.length]; tell(kind, data); }
        if (index % 50 === 49) await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      }
    };
  }`);
}

/** The messages that told what has happened to an order, as its story knows it. */
async function messagesOf(page: Page, order: string): Promise<string> {
  return page.evaluate(`fetch('/api/orders/${order}').then((answer) => answer.json()).then(({ timeline, runs }) => JSON.stringify([
    ...timeline.flatMap(({ kind, run, step, status, system, detail, atMs }) =>
      kind === 'event' ? [{ kind, data: { position: detail.position, source: detail.source, id: detail.id, type: detail.type, keys: detail.keys, timeMs: atMs } }]
      : step === undefined ? [] : [{ kind: 'step', data: { run, step, kind, status, system } }]),
    ...runs.map(({ id, flow, status }) => ({ kind: 'run', data: { run: id, flow, status } })),
  ]))`);
}

/** Through all rooms, with this many messages in each; ends on the first one. */
export async function floodRooms(page: Page, each: { readonly trends: number; readonly others: number }): Promise<number> {
  const made = await messagesOf(page, 'PO-4711');
  await page.evaluate(`new Promise((resolve) => {
    const look = () => (globalThis.lastTrend !== undefined && globalThis.fedStream?.readyState === 1 ? resolve(true) : setTimeout(look, 100));
    look();
  })`);
  for (const name of rooms) {
    await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name, exact: false }).last().click();
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.locator('main .skeleton').first().waitFor({ state: 'detached' });
    await page.evaluate(`globalThis.feed(${each.trends}, ${each.others}, ${made})`);
  }
  return rooms.length * (each.trends + each.others);
}

/** What the page holds when all that nobody holds is gone. */
export async function heldBy(session: CDPSession): Promise<Held> {
  // Twice: what the first one finds to be finished is let go by the second.
  for (let time = 0; time < 2; time += 1) await session.send('HeapProfiler.collectGarbage');
  const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return { heapBytes: usedSize, nodes, listeners: jsEventListeners };
}
