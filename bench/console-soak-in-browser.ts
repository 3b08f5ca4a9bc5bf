// SOAK: eight hours of the busiest stream through one page that walks through all rooms, and what the page holds at each quarter of it.
import { busyMinute, floodRooms, heldBy, openToFlood, type Held } from '../test/browser/stream-flood.ts';
import { openVisit } from '../test/browser/console-visit.ts';
import { side } from './child-side.ts';

const minutes = 8 * 60;
const quarters = 4;
/** Walks through the rooms in a quarter; each brings its share of the quarter's messages. */
const walks = 6;
const roomsOfWalk = 5;

await side(async (_task, opened) => {
  const visit = opened.use(await openVisit());
  const { page, complaints } = await visit.visitor();
  await openToFlood(page);
  await page.goto(visit.url);
  const share = minutes / quarters / walks / roomsOfWalk;
  const each = { trends: Math.ceil(busyMinute.trends * share), others: Math.ceil(busyMinute.others * share) };
  const session = await page.context().newCDPSession(page);
  const held: Held[] = [];
  let messages = 0;
  const begun = performance.now();
  for (let quarter = 0; quarter < quarters; quarter += 1) {
    for (let walk = 0; walk < walks; walk += 1) messages += await floodRooms(page, each);
    held.push(await heldBy(session));
  }
  const tookS = (performance.now() - begun) / 1_000;
  if (complaints.length > 0) throw new Error(`The page complained: ${complaints.join('; ')}`);
  if (messages < minutes * (busyMinute.trends + busyMinute.others)) throw new Error(`Only ${messages} messages went through.`);
  // By the middle everything is loaded, compiled and filled to its bound: from there on nothing may grow.
  const middle = held[quarters / 2 - 1];
  const growth = (of: keyof Held): number => Math.max(0, (((held.at(-1)?.[of] ?? 0) - (middle?.[of] ?? 0)) / (middle?.[of] ?? 1)) * 100);
  const parts = held.map(({ heapBytes, nodes, listeners }) => `${(heapBytes / 1e6).toFixed(1)} MB, ${nodes} nodes, ${listeners} listeners`);
  process.stderr.write(`${messages} messages in ${tookS.toFixed(0)} s; held at each quarter: ${parts.join(' | ')}\n`);
  return { values: { heap: growth('heapBytes'), nodes: growth('nodes'), listeners: growth('listeners'), messages } };
});
