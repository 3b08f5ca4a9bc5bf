// The same events for several items, in many orders of arrival, doubled, in batches of every size, with broken ones in between
// and a hub that is started again meanwhile: the same end, in the log, in the runs and in the system's own ledger.
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hubInProcess, type Answer, type HubInProcess } from '../hub-in-process.ts';
import { purchasingServer, type PurchasingServer } from '../purchasing-server.ts';

const seed = 4_711;
const permutationsMax = 40;
const source = '/stores';
/** Nothing of it can be ordered: an exception each time. */
const unknownItem = 'OUT-OF-RANGE';

interface Step {
  readonly type: 'stock.low.v1' | 'stock.delivered.v1';
  readonly data: Readonly<Record<string, unknown>>;
}
const low = (missing: number): Step => ({ type: 'stock.low.v1', data: { missing } });
const delivery = (name: string): Step => ({ type: 'stock.delivered.v1', data: { delivery: name } });

/** What happens to each item, in this order; what happens to different items has no order. */
const story: Readonly<Record<string, readonly Step[]>> = {
  'FOIL-80': [low(40), delivery('D-1'), low(10), delivery('D-2'), low(7)],
  'FOIL-90': [low(1), low(2), low(3), low(4)],
  GLUE: [delivery('D-3'), delivery('D-4')],
  CARTON: [low(500), delivery('D-5'), delivery('D-6')],
  [unknownItem]: [low(1), low(9)],
};
const items = Object.keys(story);

/** What the end must be, from the story alone. */
function expectedOf(item: string) {
  const steps = story[item] ?? [];
  const orders = steps.flatMap(({ data }) => ('missing' in data ? [data['missing']] : []));
  const receipts = steps.flatMap(({ data }) => ('delivery' in data ? [data['delivery']] : []));
  return {
    item,
    log: steps.map((_, index) => `${item} ${index}`),
    runs: [...receipts.map(() => 'receive done'), ...orders.map(() => 'restock done')],
    orders: item === unknownItem ? [] : orders,
    receipts,
    // One case for all of them, in which each is counted.
    exceptions: item === unknownItem ? orders.map(() => `${unknownItem} could not be ordered: NOT_IN_RANGE`) : [],
  };
}

interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly data: unknown;
  readonly datacontenttype?: string;
}
/** One thing to send: an event, or something that only looks like one, with what must be said of it. */
interface Item {
  readonly value: unknown;
  readonly refused?: RegExp;
}

/** What is sent at once; `alone`, it is no batch of one but a single event. */
interface Letter {
  readonly items: readonly Item[];
  readonly alone: boolean;
}

/** Ways to break an event. Its id stays: a broken one must not use up the id of the good one. */
const corruptions: readonly ((event: CloudEvent) => Item)[] = [
  (event) => ({ value: { ...event, data: { item: 7 } }, refused: /breaks its contract at/ }),
  (event) => ({ value: { ...event, data: undefined }, refused: /breaks its contract|not valid/ }),
  (event) => ({ value: { ...event, type: 'stock.vanished.v1' }, refused: /No contract is called "stock.vanished.v1"/ }),
  (event) => ({ value: { ...event, type: 'tank.level.read.v1', data: { tank: 'glue' } }, refused: /telemetry/ }),
  (event) => ({ value: { ...event, datacontenttype: 'text/xml', data: '<low/>' }, refused: /only JSON data/ }),
  (event) => ({ value: { ...event, specversion: '0.3' }, refused: /not valid/ }),
  (event) => ({ value: { id: event.id, source }, refused: /not valid/ }),
];

/** Picks by numbers that fast-check made up, so that a failure can be played again and shrinks. */
type Choose = (below: number) => number;
function chooser(numbers: readonly number[]): Choose {
  let at = 0;
  return (below) => (numbers[at++ % numbers.length] ?? 0) % below;
}

/** Everything that one sender sends: its items mixed, each in its own order, some twice, some broken. */
function mail(own: readonly string[], prefix: string, choose: Choose): readonly Letter[] {
  const left = new Map(own.map((item) => [item, (story[item] ?? []).map((step, index) => eventOf(prefix, item, step, index))]));
  const sent: CloudEvent[] = [];
  const all: Item[] = [];
  while ([...left.values()].some(({ length }) => length > 0)) {
    const open = [...left.values()].filter(({ length }) => length > 0);
    const next = open[choose(open.length)]?.shift();
    if (!next) continue;
    if (choose(4) === 0) all.push(broken(next, choose));
    all.push({ value: next });
    sent.push(next);
    if (choose(3) === 0) all.push({ value: sent[choose(sent.length)] });
    if (choose(6) === 0) all.push(broken(next, choose));
  }
  // And some of it again, long after, in another order.
  for (const event of sent.toReversed()) if (choose(3) === 0) all.push({ value: event });
  const letters: Letter[] = [];
  while (all.length > 0) {
    const batch = all.splice(0, 1 + choose(7));
    letters.push({ items: batch, alone: batch.length === 1 && choose(2) === 0 });
  }
  return letters;
}

function broken(event: CloudEvent, choose: Choose): Item {
  const corrupt = corruptions[choose(corruptions.length)];
  if (!corrupt) throw new Error('there is always one');
  return corrupt(event);
}

function eventOf(prefix: string, item: string, { type, data }: Step, index: number): CloudEvent {
  return { specversion: '1.0', id: `${prefix}${item} ${index}`, source, type, data: { item: item === unknownItem ? item : `${prefix}${item}`, ...data } };
}

let purchasing: PurchasingServer;
let hub: HubInProcess;
beforeAll(async () => {
  purchasing = await purchasingServer({ nothingOf: unknownItem, holdMs: 3 });
  hub = await hubInProcess(join(import.meta.dirname, 'stock-landscape'), purchasing);
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await purchasing[Symbol.asyncDispose]();
});

/** As any sender should: the same again until the hub has taken it. */
async function deliver({ items: batch, alone }: Letter): Promise<void> {
  const [first] = batch;
  const form = alone ? 'cloudevents' : 'cloudevents-batch';
  const body = JSON.stringify(alone ? first?.value : batch.map(({ value }) => value));
  for (let tries = 0; tries < 500; tries += 1) {
    const answer = await hub.ask('POST', '/api/events', { 'content-type': `application/${form}+json` }, body).catch(() => undefined);
    if (answer && answer.status !== 503) {
      checkAnswer(answer, batch, alone);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the hub never took it');
}

/** Each broken one is answered with its reason, each other one with its place in the log. */
function checkAnswer({ status, json }: Answer, batch: readonly Item[], alone: boolean): void {
  const [first] = batch;
  if (alone && first?.refused) {
    expect({ status, json }).toMatchObject({ status: 422, json: { quarantined: true, detail: expect.stringMatching(first.refused) } });
    return;
  }
  expect(status).toBe(200);
  for (const [index, { refused }] of batch.entries())
    expect(json.events[index]).toEqual(refused ? { id: expect.any(String), reason: expect.stringMatching(refused) } : expect.objectContaining({ position: expect.any(Number) }));
}

/** What is no JSON at all is refused as a whole: nothing of it is taken. */
async function deliverRubbish(): Promise<void> {
  const answer = await hub.ask('POST', '/api/events', { 'content-type': 'application/cloudevents+json' }, '{"specversion":"1.0","id":').catch(() => undefined);
  if (answer) expect(answer).toMatchObject({ status: 400, json: { code: 'INPUT_INVALID' } });
}

/** How often each case had struck when it was last asked for. */
const struck = new Map<string, number>();

/** How often a case has struck since: counted in the commit of each occurrence, beside the case. */
async function newOf(id: string): Promise<number> {
  const count = Math.max(1, await hub.engine().store.cursor(`case.${id}`));
  const before = struck.get(id) ?? 0;
  struck.set(id, count);
  return count - before;
}

async function foundOf(prefix: string, item: string) {
  const name = item === unknownItem ? item : `${prefix}${item}`;
  const { store } = hub.engine();
  const { events, runs, exceptions } = await store.byKey(name, 1_000);
  const own = events.filter(({ id }) => id.startsWith(prefix));
  const positions = new Set(own.map(({ position }) => position));
  const ownRuns = runs.filter(({ position }) => positions.has(position));
  const ledger = (path: string, field: string) => purchasing.ledger.filter(({ path: at, body }) => at === path && body['item'] === name).map(({ body }) => body[field]);
  return {
    item,
    log: own.map(({ id }) => id.slice(prefix.length)),
    runs: ownRuns.map(({ flow, status }) => `${flow} ${status}`).sort(),
    orders: ledger('/orders', 'quantity'),
    receipts: ledger('/receipts', 'delivery'),
    exceptions: (await Promise.all(exceptions.map(async ({ id, summary }) => Array.from({ length: await newOf(id) }, () => summary)))).flat(),
  };
}

test(`${permutationsMax} permutations of the same events end in the same state (seed ${seed})`, async () => {
  let plays = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(100_000), { minLength: 100, maxLength: 100 }), async (numbers) => {
      plays += 1;
      const prefix = `p${plays}-`;
      const choose = chooser(numbers);
      const senders = 1 + choose(3);
      const mails = Array.from({ length: senders }, (_, sender) =>
        mail(
          items.filter((_item, index) => index % senders === sender),
          prefix,
          choose,
        ),
      );
      // In one permutation of six the hub stops and starts again while effects are under way.
      const restartAt = choose(6) === 0 ? 1 + choose(8) : Infinity;
      let delivered = 0;
      let restart: Promise<void> | undefined;
      const sending = mails.map(async (letters) => {
        for (const letter of letters) {
          await deliver(letter);
          delivered += 1;
          if (delivered === restartAt) restart = hub.restart();
        }
      });
      await Promise.all([...sending, deliverRubbish()]);
      await restart;
      await hub.atRest();

      const found = await Promise.all(items.map((item) => foundOf(prefix, item)));
      expect(found).toEqual(items.map(expectedOf));
      const kept = (await hub.engine().store.quarantined(10_000)).filter(({ eventId }) => eventId.startsWith(prefix));
      const refusedAs = (reason: string): number => corruptions.findIndex((corrupt) => corrupt(eventOf('', '', low(1), 0)).refused?.test(reason));
      const brokenSent = mails
        .flat()
        .flatMap(({ items: batch }) => batch)
        .filter(({ refused }) => refused);
      // A sender that got no answer sends again, so there may be more, never less.
      expect(kept.length).toBeGreaterThanOrEqual(brokenSent.length);
      if (!restart) expect(kept).toHaveLength(brokenSent.length);
      expect(kept.every(({ reason, raw }) => refusedAs(reason) >= 0 && raw.includes(prefix))).toBe(true);
    }),
    { seed, numRuns: permutationsMax, endOnFailure: true },
  );
  expect(hub.bugs).toEqual([]);
}, 240_000);
