import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { edgeDisk } from '../../../test/edge-disk.ts';
import { edgeHub, hubClient, realClock, type EdgeHub, type Misbehaviour } from '../../../test/edge-hub.ts';
import { tcpGate } from '../../../test/services/tcp-gate.ts';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import type { EdgeStore, NewEvent } from '../../store/edge-store.ts';
import { hubList } from './hub-list.ts';
import { openUplink, type Uplink, type UplinkParts } from './uplink.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function openHub(): Promise<EdgeHub> {
  const hub = await edgeHub();
  ends.push(async () => hub[Symbol.asyncDispose]());
  return hub;
}

function open(
  store: EdgeStore,
  hubs: readonly Pick<EdgeHub, 'url'>[],
  { isKilled = false, ...parts }: Partial<UplinkParts> & { isKilled?: boolean } = {},
): Uplink & { readonly points: string[] } {
  const client = hubClient();
  const points: string[] = [];
  const uplink = openUplink({
    store,
    hubs: hubList(hubs.map(({ url }) => `${url}/`)),
    send: client.send,
    key: 'edge-key',
    clock: realClock,
    random: () => 0,
    probe: (point) => void points.push(point),
    log: () => undefined,
    backoff: { firstMs: 2, maxMs: 4 },
    ...parts,
  });
  ends.push(client.close);
  if (!isKilled) ends.push(uplink.close);
  return { ...uplink, points };
}

let count = 0;
function event(data: unknown = {}, over: Partial<NewEvent> = {}): NewEvent {
  const id = `event-${++count}`;
  return {
    ...over,
    id,
    appendedMs: 0,
    body: JSON.stringify({ specversion: '1.0', id, source: '/edge/test/packer-3', type: 'x.v1', dataschema: 'urn:lineshaft:contract:x.y:1', data }),
  };
}

async function buffer(store: EdgeStore, events: readonly NewEvent[]): Promise<string[]> {
  await store.commit({ states: new Map(), append: events });
  return events.map(({ id }) => id);
}

function some(length: number): NewEvent[] {
  return Array.from({ length }, () => event());
}

async function drained(hub: EdgeHub, ids: readonly string[]): Promise<void> {
  await hub.until(() => hub.log.length >= ids.length);
  expect(hub.log.map(({ id }) => id)).toEqual(ids);
}

describe('the buffer', () => {
  test('goes up oldest first, in batches, each with the key of the edge, and is empty after that', async () => {
    const hub = await openHub();
    const store = edgeDisk().open();
    const ids = await buffer(store, some(1_050));
    const uplink = open(store, [hub]);
    await drained(hub, ids);
    await expect.poll(async () => store.depth()).toBe(0);
    expect(hub.batches.map(({ ids: each }) => each.length)).toEqual([500, 500, 50]);
    expect(hub.batches[0]?.headers).toMatchObject({ 'content-type': 'application/cloudevents-batch+json', authorization: 'Bearer edge-key' });
    expect(uplink.status()).toMatchObject({ acknowledged: 1_050, duplicates: 0, failures: 0 });
  });

  test('gives up what the hub has dropped as declared, and not what it does not account for', async () => {
    const store = edgeDisk().open();
    await buffer(store, some(3));
    const answers = [
      { accepted: 1, duplicates: 0, quarantined: 0, filtered: 1 },
      { accepted: 1, duplicates: 0, quarantined: 0, filtered: 2 },
    ];
    let sent = 0;
    const send = async () => ({ status: 200, retryAfter: undefined, body: JSON.stringify(answers[Math.min(sent++, 1)]) });
    const uplink = open(store, [{ url: 'http://hub.example' }], { send });
    await expect.poll(async () => store.depth()).toBe(0);
    expect(sent).toBe(2);
    expect(uplink.status()).toMatchObject({ acknowledged: 3, filtered: 2, quarantined: 0 });
  });

  test('is sent without any timer once it has something', async () => {
    const hub = await openHub();
    const store = edgeDisk().open();
    // This clock never moves: whatever waited for it would wait forever.
    const uplink = open(store, [hub], { clock: virtualClock() });
    const ids: string[] = [];
    for (let turn = 0; turn < 3; turn++) {
      ids.push(...(await buffer(store, some(1))));
      uplink.wake();
      await drained(hub, ids);
    }
  });

  test('a batch stays within its bytes', async () => {
    const hub = await openHub();
    const store = edgeDisk().open();
    const ids = await buffer(store, [event('ä'.repeat(400)), event('b'.repeat(400)), event('c'.repeat(400))]);
    open(store, [hub], { bytesMax: 1_700 });
    await drained(hub, ids);
    expect(hub.batches.map(({ ids: each }) => each.length)).toEqual([2, 1]);
  });

  test('an event larger than a whole batch goes alone', async () => {
    const hub = await openHub();
    const store = edgeDisk().open();
    const ids = await buffer(store, [event('a'.repeat(900)), event()]);
    open(store, [hub], { bytesMax: 500 });
    await drained(hub, ids);
    expect(hub.batches.map(({ ids: each }) => each.length)).toEqual([1, 1]);
  });

  test('the named points of a single event carry its contract', async () => {
    const hub = await openHub();
    const store = edgeDisk().open();
    await buffer(store, some(1));
    const uplink = open(store, [hub]);
    await expect.poll(() => uplink.points).toEqual(['edge.before-uplink:x.y', 'edge.after-uplink-answer:x.y', 'edge.before-acknowledge:x.y', 'edge.after-acknowledge:x.y']);
  });
});

describe('after an outage', () => {
  /** What waits: so many events, of so many machines in turn. */
  const backlog = (length: number, machines: number): NewEvent[] => Array.from({ length }, (_, index) => event({}, { keys: [`machine ${index % machines}`] }));
  const placesOf = (hub: EdgeHub, ids: readonly string[]): number[] => ids.map((id) => hub.log.findIndex((each) => each.id === id));

  test('what is new overtakes the backlog: it is in the batch after the one under way', async () => {
    const hub = await openHub();
    const store = edgeDisk().open();
    const old = await buffer(store, backlog(3_000, 30));
    hub.misbehave('cut');
    const uplink = open(store, [hub], { batchMax: 50 });
    await hub.until(() => hub.log.length > 0);
    const before = hub.log.length;
    const fresh = await buffer(
      store,
      [1, 2, 3].map((order) => event({}, { keys: [`order ${order}`] })),
    );
    uplink.wake();
    await hub.until(() => hub.log.length >= 3_003);
    for (const place of placesOf(hub, fresh)) expect(place - before).toBeLessThan(4 * 50);
    expect(hub.log.map(({ id }) => id).filter((id) => !fresh.includes(id))).toEqual(old);
  });

  test('it takes along what it must not overtake: the events of its own keys, and nothing else', async () => {
    const hub = await openHub();
    const store = edgeDisk().open();
    const old = await buffer(store, backlog(3_000, 100));
    hub.misbehave('cut');
    const uplink = open(store, [hub], { batchMax: 40 });
    await hub.until(() => hub.log.length > 0);
    const before = hub.log.length;
    const fresh = await buffer(store, [event({}, { keys: ['machine 7', 'order 1'] })]);
    uplink.wake();
    await hub.until(() => hub.log.length >= 3_001);
    const ofMachine = old.filter((_, index) => index % 100 === 7);
    const places = placesOf(hub, [...ofMachine, ...fresh]);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect((places.at(-1) ?? 0) - before).toBeLessThan(40 * 5);
  });

  test('what is urgent in the backlog goes before the rest of it, and the rest never stands still', async () => {
    const hub = await openHub();
    const store = edgeDisk().open();
    const old = await buffer(store, backlog(500, 10));
    const urgent = await buffer(
      store,
      Array.from({ length: 300 }, (_, index) => event({}, { keys: [`alarm ${index}`], rank: 0 })),
    );
    open(store, [hub], { batchMax: 40 });
    await hub.until(() => hub.log.length >= 800);
    const [first] = hub.batches;
    expect(first?.ids).toEqual([...urgent.slice(0, 30), ...old.slice(0, 10)]);
    expect(Math.max(...placesOf(hub, urgent))).toBeLessThan(10 * 40);
  });

  test('what may wait goes in its place, however fresh it is', async () => {
    const hub = await openHub();
    const store = edgeDisk().open();
    const old = await buffer(store, backlog(400, 10));
    hub.misbehave('cut');
    const uplink = open(store, [hub], { batchMax: 20 });
    await hub.until(() => hub.log.length > 0);
    const bulk = await buffer(store, [event({}, { keys: ['count'], rank: 2 })]);
    uplink.wake();
    await drained(hub, [...old, ...bulk]);
  });

  test('under any mixture of keys, ranks, cuts and restarts, each key hears of its events in their order, each once', async () => {
    const whole = fc.array(
      fc.record({ keys: fc.uniqueArray(fc.integer({ min: 0, max: 6 }).map(String), { minLength: 1, maxLength: 3 }), rank: fc.constantFrom(0 as const, 1 as const, 2 as const) }),
      { minLength: 20, maxLength: 80 },
    );
    await fc.assert(
      fc.asyncProperty(whole, fc.array(fc.constantFrom<Misbehaviour>('cut', 'cut after commit', 'refuse', 'too large'), { maxLength: 6 }), async (given, script) => {
        await using hub = await edgeHub();
        const disk = edgeDisk();
        const events = given.map((over) => event({}, over));
        hub.misbehave(...script);
        for (const part of [events.slice(0, 15), events.slice(15)]) {
          const store = disk.open();
          const uplink = open(store, [hub], { batchMax: 6, isKilled: true });
          await buffer(store, part.slice(0, -3));
          uplink.wake();
          await hub.until(() => hub.batches.length > 0);
          await buffer(store, part.slice(-3));
          uplink.wake();
          if (part.includes(events.at(-1) ?? event())) await hub.until(() => hub.log.length >= events.length);
          store.kill();
          void uplink.close(); // never ends: its store is dead
        }
        const heard = hub.log.map(({ id }) => id);
        expect(heard.toSorted()).toEqual(events.map(({ id }) => id).toSorted());
        for (const key of ['0', '1', '2', '3', '4', '5', '6']) {
          const ids = new Set(events.filter(({ keys }) => keys?.includes(key)).map(({ id }) => id));
          expect(heard.filter((id) => ids.has(id))).toEqual([...ids]);
        }
      }),
      { numRuns: 25, seed: 7 },
    );
  });
});

describe('a hub in trouble', () => {
  const troubles: Misbehaviour[] = ['refuse', 'deny', 'too large', 'cut', 'cut after commit', 'hang after commit', 'stranger'];

  test.each(troubles)('(%s) loses no event, doubles none and keeps their order', async (trouble) => {
    const hub = await openHub();
    const store = edgeDisk().open();
    const ids = await buffer(store, some(25));
    hub.misbehave(trouble, trouble);
    open(store, [hub], { batchMax: 10, timeoutMs: 150 });
    await drained(hub, ids);
    await expect.poll(async () => store.depth()).toBe(0);
    expect(hub.batches.length).toBeGreaterThan(3);
  });

  test('through every trouble and a restart after each, nothing is lost, doubled or out of order', async () => {
    const hub = await openHub();
    const disk = edgeDisk();
    const writer = disk.open();
    const ids: string[] = [];
    for (const trouble of [...troubles, ...troubles]) {
      ids.push(...(await buffer(writer, some(7))));
      hub.misbehave(trouble);
      const store = disk.open();
      const uplink = open(store, [hub], { batchMax: 5, timeoutMs: 150, isKilled: true });
      const before = hub.batches.length;
      await hub.until(() => hub.batches.length > before);
      store.kill();
      void uplink.close(); // never ends: its store is dead
    }
    open(disk.open(), [hub], { timeoutMs: 150 });
    await drained(hub, ids);
    await expect.poll(async () => writer.depth()).toBe(0);
  });

  test('a batch that is too large is halved until it fits, and grows again', async () => {
    const hub = await openHub();
    const store = edgeDisk().open();
    const ids = await buffer(store, some(40));
    hub.misbehave('too large', 'too large');
    open(store, [hub], { batchMax: 16 });
    await drained(hub, ids);
    expect(hub.batches.map(({ ids: each }) => each.length)).toEqual([16, 8, 4, 8, 16, 12]);
  });

  test('an answer that does not account for every event is no acknowledgement', async () => {
    const store = edgeDisk().open();
    await buffer(store, some(2));
    let answers = 0;
    const short = JSON.stringify({ accepted: 1, duplicates: 0, quarantined: 0 });
    open(store, [], { send: async () => ({ status: 200, retryAfter: undefined, body: ++answers < 3 ? short : JSON.stringify({ accepted: 1, duplicates: 0, quarantined: 1 }) }) });
    await expect.poll(async () => store.depth()).toBe(0);
    expect(answers).toBe(3);
  });

  test('is shown with its reason until it takes events again', async () => {
    const hub = await openHub();
    const store = edgeDisk().open();
    const ids = await buffer(store, some(1));
    hub.misbehave('deny');
    const clock = virtualClock();
    const uplink = open(store, [hub], { clock });
    await expect.poll(() => uplink.status().trouble).toMatch(/answered 401.*not signed in/);
    await expect.poll(() => clock.next()).toBeDefined();
    expect(await store.depth()).toBe(1);
    await clock.advance(10);
    await drained(hub, ids);
    await expect.poll(() => uplink.status().trouble).toBeUndefined();
  });

  test('its second address is used as soon as the first does not answer', async () => {
    const [first, second] = [await openHub(), await openHub()];
    const store = edgeDisk().open();
    const ids = await buffer(store, some(2));
    first.misbehave('cut');
    const uplink = open(store, [first, second], { clock: virtualClock() });
    await drained(second, ids);
    expect(uplink.status().hub).toBe(second.url);
  });

  test('with several addresses, it is enough that one is open at a time: nothing is lost, doubled or out of order', async () => {
    const hub = await openHub();
    const port = Number(new URL(hub.url).port);
    const gates = [await tcpGate('127.0.0.1', port), await tcpGate('127.0.0.1', port), await tcpGate('127.0.0.1', port)];
    for (const gate of gates) ends.push(async () => gate[Symbol.asyncDispose]());
    const store = edgeDisk().open();
    const urls = gates.map((gate) => ({ url: `http://127.0.0.1:${gate.port}` }));
    const uplink = open(store, urls, { batchMax: 5, timeoutMs: 2_000 });
    const ids: string[] = [];
    for (let turn = 0; turn < 9; turn++) {
      for (const [index, gate] of gates.entries()) {
        if (index === turn % 3) gate.open();
        else {
          gate.shut();
          gate.cut();
        }
      }
      ids.push(...(await buffer(store, some(12))));
      uplink.wake();
      await hub.until(() => hub.log.length === ids.length);
      await expect.poll(() => uplink.status().hub).toBe(urls[turn % 3]?.url);
    }
    await drained(hub, ids);
  });

  test('closing while a request is under way leaves the events in the buffer', async () => {
    const hub = await openHub();
    const store = edgeDisk().open();
    await buffer(store, some(3));
    hub.misbehave('hang after commit');
    const uplink = open(store, [hub]);
    await hub.until(() => hub.batches.length === 1);
    await uplink.close();
    expect(await store.depth()).toBe(3);
  });
});
