import { afterEach, describe, expect, test } from 'vitest';
import { edgeDisk } from '../../../test/edge-disk.ts';
import { edgeHub, hubClient, realClock, type EdgeHub, type Misbehaviour } from '../../../test/edge-hub.ts';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import type { EdgeStore } from '../../store/edge-store.ts';
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
  hubs: readonly EdgeHub[],
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
function event(data: unknown = {}): { id: string; body: string; appendedMs: number } {
  const id = `event-${++count}`;
  return { id, appendedMs: 0, body: JSON.stringify({ specversion: '1.0', id, source: '/edge/test/packer-3', type: 'x.v1', dataschema: 'urn:lineshaft:contract:x.y:1', data }) };
}

async function buffer(store: EdgeStore, events: readonly ReturnType<typeof event>[]): Promise<string[]> {
  await store.commit({ states: new Map(), append: events });
  return events.map(({ id }) => id);
}

function some(length: number): ReturnType<typeof event>[] {
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
    const ids = await buffer(store, some(250));
    const uplink = open(store, [hub]);
    await drained(hub, ids);
    await expect.poll(async () => store.depth()).toBe(0);
    expect(hub.batches.map(({ ids: each }) => each.length)).toEqual([100, 100, 50]);
    expect(hub.batches[0]?.headers).toMatchObject({ 'content-type': 'application/cloudevents-batch+json', authorization: 'Bearer edge-key' });
    expect(uplink.status()).toMatchObject({ acknowledged: 250, duplicates: 0, failures: 0 });
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
