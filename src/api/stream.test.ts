import { createConnection } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { virtualClock } from '../kernel/virtual-clock.ts';
import { until } from '../../test/until.ts';
import { keys, sendEvent, testHub, type TestHub } from '../../test/hub-for-test.ts';
import { messageRing } from './message-ring.ts';
import { stream } from './stream.ts';

let hub: TestHub;
const readers: AbortController[] = [];
beforeEach(async () => {
  hub = await testHub();
});
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.abort();
  await hub.close();
});

interface Message {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: Record<string, ReturnType<JSON['parse']>>;
}

/** Follows the stream; the list grows as messages come. */
async function follow(
  path = '/api/stream',
  headers: Readonly<Record<string, string>> = {},
): Promise<{ messages: Message[]; status: number; over: () => boolean; stop: () => void }> {
  const abort = new AbortController();
  readers.push(abort);
  const answer = await fetch(`${hub.url}${path}`, { headers: { authorization: `Bearer ${keys.viewer}`, ...headers }, signal: abort.signal });
  const messages: Message[] = [];
  let over = false;
  void (async () => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
        const event = field('event');
        if (event !== undefined) messages.push({ id: field('id'), event, data: JSON.parse(field('data') ?? 'null') });
      }
    }
  })()
    .catch(() => undefined)
    .finally(() => (over = true));
  return { messages, status: answer.status, over: () => over, stop: () => abort.abort() };
}

const within = async (order: string): Promise<void> => void (await sendEvent(hub, 'production.variance.detected.v1', { order, line: 'line-1', atRisk: 1 }));

test('what is committed is told live: event, run, steps, its end; never its data', async () => {
  const live = await follow();
  await within('PO-1');
  await until('the run’s end is told', () => live.messages.some(({ event, data }) => event === 'run' && data.status === 'done'));
  expect(live.messages.map(({ event }) => event)).toEqual(expect.arrayContaining(['live', 'event', 'run', 'step']));
  expect(live.messages.find(({ event }) => event === 'event')?.data).toMatchObject({ position: 1, type: 'production.variance.detected.v1', keys: { order: 'PO-1' } });
  expect(JSON.stringify(live.messages)).not.toContain('atRisk');
});

test('a reader that comes back with the last id that it saw misses nothing', async () => {
  const first = await follow();
  await within('PO-1');
  await until('an end', () => first.messages.some(({ data }) => data.status === 'done'));
  const last = first.messages.at(-1)?.id ?? '';
  first.stop();
  await within('PO-2');
  const second = await follow('/api/stream', { 'last-event-id': last });
  await until('the second event', () => second.messages.some(({ data }) => data.keys?.order === 'PO-2'));
  expect(second.messages.some(({ event, data }) => event === 'reset' || data.keys?.order === 'PO-1')).toBe(false);
  const numbers = [...first.messages, ...second.messages].map(({ id }) => Number(id?.split('-').at(-1)));
  expect(numbers).toEqual(numbers.map((_number, index) => index));
});

test('a reader of another process, or from too long ago, is told to read everything anew', async () => {
  for (const id of ['otherone-5', 'nonsense']) {
    const live = await follow('/api/stream', { 'last-event-id': id });
    await until('a reset', () => live.messages[0]?.event === 'reset');
  }
});

test('signals are told only to those who ask for them', async () => {
  const [without, withTrends] = [await follow(), await follow('/api/stream?trends=1')];
  const points = [{ signal: 'line-1.throughput', atMs: 1, average: 55, lowest: 54, highest: 56, unit: '{pack}/min' }];
  const texts = [{ signal: 'packer-3.state', value: 'Execute', sinceMs: 1, atMs: 1 }];
  await hub.ask('/api/trends', { as: 'edge', body: { edge: 'e1', points } });
  await hub.ask('/api/trends', { as: 'edge', body: { edge: 'e1', points: [], texts } });
  await within('PO-3');
  await until('both saw the event', () => [without, withTrends].every(({ messages }) => messages.some(({ event }) => event === 'event')));
  const told = withTrends.messages.filter(({ event }) => event === 'trend').map(({ data }) => data);
  expect(told).toEqual([
    { edge: 'e1', points },
    { edge: 'e1', points: [], texts },
  ]);
  expect(without.messages.some(({ event }) => event === 'trend')).toBe(false);
});

test('a system that goes down or comes back is told', async () => {
  const live = await follow();
  await sendEvent(hub, 'production.variance.detected.v1', { order: 'PO-4', line: 'line-1', atRisk: 40 });
  const told = await until('a mode', () => live.messages.find(({ event, data }) => event === 'mode' && data.system === 'erp'));
  expect(told.data).toMatchObject({ mode: 'up' });
});

test('closing the hub ends the streams', async () => {
  const live = await follow();
  await hub.close();
  await until('the end', live.over);
  hub = await testHub();
});

test('without a right there is no stream, and a wrong question is a 400', async () => {
  expect((await hub.ask('/api/stream', { as: 'nobody' })).status).toBe(401);
  expect((await hub.ask('/api/stream', { as: 'edge' })).status).toBe(403);
  expect((await hub.ask('/api/stream?trends=all')).status).toBe(400);
});

test('a reader that does not keep up is cut, the others go on', async () => {
  const { port } = new URL(hub.url);
  const slow = createConnection(Number(port), '127.0.0.1');
  slow.write(`GET /api/stream?trends=1 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${keys.viewer}\r\n\r\n`);
  await new Promise((resolve) => slow.once('data', resolve));
  slow.pause();
  const point = { signal: `signal-${'x'.repeat(200)}`, atMs: 1, average: 1, lowest: 1, highest: 1, unit: '1' };
  const points = Array.from({ length: 2_000 }, () => point);
  const quick = await follow('/api/stream?trends=1');
  await until('the slow one is cut', async () => {
    await hub.ask('/api/trends', { as: 'edge', body: { edge: 'e1', points } });
    return /lineshaft_stream_readers_cut 1/.test((await hub.ask('/metrics')).text);
  });
  slow.destroy();
  await within('PO-5');
  await until('the quick one goes on', () => quick.messages.some(({ event }) => event === 'event'));
});

test('the ring gives what came after a number, and admits what it has forgotten', () => {
  const ring = messageRing(3);
  for (let number = 1; number <= 5; number += 1) ring.add({ kind: 'run', data: { run: `f:${number}`, flow: 'f', status: 'done' } });
  const after = (number: number): readonly number[] | undefined => ring.after(number)?.map((message) => message.number);
  expect([after(5), after(4), after(2)]).toEqual([[], [5], [3, 4, 5]]);
  expect([after(1), after(0), after(6), after(-1)]).toEqual([undefined, undefined, undefined, undefined]);
});

test('readers hear that the stream is alive while nothing happens', async () => {
  const clock = virtualClock();
  const written: string[] = [];
  const live = stream({
    engine: hub.engine,
    clock,
    trends: { put: () => undefined, trend: () => undefined, newest: () => [], texts: () => [], edges: () => [], dropped: () => 0, watch: () => undefined },
    boot: 'b',
  });
  const response = {
    writableLength: 0,
    writeHead: () => undefined,
    write: (text: string) => written.push(text),
    on: () => undefined,
    end: () => undefined,
    destroy: () => undefined,
  };
  live.open(response as never, { lastEventId: undefined, trends: false });
  await clock.advance(15_000);
  expect(written.filter((text) => text === ': alive\n\n')).toHaveLength(1);
  live.close();
  expect(live.readers()).toBe(0);
});
