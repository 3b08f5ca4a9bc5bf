import { expect, test } from 'vitest';
import { order, target, throughput } from '../../../test/edge-landscape.ts';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import type { Signal } from '../../model/asset.ts';
import type { EdgeStatus } from './edge-status.ts';
import { hubList } from './hub-list.ts';
import { emptyFilterCounts, type Sample } from './normalise.ts';
import type { Send } from './send.ts';
import { openTrendFeed, type TrendReport } from './trend-feed.ts';

const uplink = { hub: 'http://hub', acknowledged: 0, duplicates: 0, quarantined: 0, filtered: 0, failures: 0, trouble: undefined };
const status: EdgeStatus = {
  atMs: 0,
  bufferDepth: 7,
  bufferOldestMs: 0,
  gaps: { kept: 0, newest: [] },
  sources: [],
  filtered: emptyFilterCounts(),
  quarantine: [],
  rules: [],
  uplink,
  disk: { eventBytes: 0, telemetryBytes: 0, bytesMax: 1, eventsMax: 1, telemetryShedBytes: 0 },
  notices: [],
  trendsDropped: 0,
};

function sample(value: Sample['value'], more: Partial<Sample> = {}): Sample {
  return { signal: throughput, value, atMs: 1, receivedMs: 1, quality: 'good', historical: false, passes: true, ...more };
}

/** A hub that answers as `answer` says, and what it was sent. */
function open(answer: () => Promise<number>, pointsMax = 100) {
  const clock = virtualClock();
  const reports: TrendReport[] = [];
  /** Seconds since the feed was opened. */
  const triedAt: number[] = [];
  const link = { answered: 0 };
  const send: Send = async ({ url, body, signal }) => {
    expect(url).toBe('http://hub/api/trends');
    reports.push(JSON.parse(body));
    triedAt.push(clock.steady() / 1_000);
    const aborted = new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    return { status: await Promise.race([answer(), aborted]), retryAfter: undefined, body: '' };
  };
  const targetOf = (signal: Signal) => (signal === throughput ? 120 : undefined);
  const linked = (): number => link.answered;
  const parts = { edge: 'edge-1', hubs: hubList(['http://hub']), send, key: 'k', clock, random: () => 0, status: async () => status, targetOf, linked, log: () => undefined };
  return { feed: openTrendFeed({ ...parts, pointsMax }), clock, reports, triedAt, link };
}

test('each second, each signal that passed something becomes one point over all its good samples; the status goes along', async () => {
  const { feed, clock, reports } = open(async () => 200);
  feed.add([
    sample(100),
    sample(106, { atMs: 3, passes: false }),
    sample(94, { atMs: 2, passes: false }),
    sample(0, { quality: 'bad' }),
    sample(0, { historical: true }),
    sample('PO-1', { signal: order }),
  ]);
  feed.add([sample(120, { signal: target, passes: false })]);
  await clock.advance(1_000);
  expect(reports).toEqual([
    {
      edge: 'edge-1',
      points: [{ signal: 'packer-3.throughput', atMs: 3, average: 100, lowest: 94, highest: 106, unit: '{pack}/min', target: 120 }],
      texts: [{ signal: 'packer-3.order', value: 'PO-1', sinceMs: 1, atMs: 1 }],
      status: JSON.parse(JSON.stringify(status)),
    },
  ]);
  await clock.advance(1_000);
  expect(reports[1]?.points).toEqual([]);
  await feed.close();
});

test('one request is under way at a time; what comes meanwhile is dropped and counted, never kept', async () => {
  let release: (status: number) => void = () => undefined;
  const { feed, clock, reports } = open(() => new Promise((resolve) => (release = resolve)));
  for (let second = 0; second < 3; second++) {
    feed.add([sample(second)]);
    await clock.advance(1_000);
    if (second === 1) release(200);
  }
  expect(reports.map(({ points }) => points.map(({ average }) => average))).toEqual([[0], [2]]);
  expect(feed.dropped()).toBe(1);
  await feed.close();
});

test('a hub that hangs, refuses or is away costs its points, and nothing else', async () => {
  const answers = [() => new Promise<number>(() => undefined), async () => 503, async () => Promise.reject(new Error('connect ECONNREFUSED')), async () => 200];
  const { feed, clock, reports } = open(async () => (answers.shift() ?? (async () => 200))());
  for (let second = 0; second < 7; second++) {
    feed.add([sample(second)]);
    await clock.advance(1_000);
  }
  // The first hangs for its two seconds; the fourth is the first that is taken.
  expect(reports.map(({ points }) => points[0]?.average)).toEqual([0, 3, 4, 6]);
  expect(feed.dropped()).toBe(6);
  await feed.close();
});

test('while no hub answers, the pauses between tries grow up to a bound; when another request has reached it, it is told again from the next second on', async () => {
  let isThere = false;
  const { feed, clock, triedAt, link } = open(async () => (isThere ? 200 : Promise.reject(new Error('connect ECONNREFUSED'))));
  feed.add([sample('PO-1', { signal: order })]);
  for (let second = 0; second < 20; second++) await clock.advance(1_000);
  expect(triedAt).toEqual([1, 2, 3, 5, 9, 14, 19]);
  isThere = true;
  link.answered = 1;
  for (let second = 0; second < 3; second++) await clock.advance(1_000);
  expect(triedAt.slice(7)).toEqual([21, 22, 23]);
  isThere = false;
  for (let second = 0; second < 4; second++) await clock.advance(1_000);
  expect(triedAt.slice(10)).toEqual([24, 25, 26]);
  await feed.close();
});

test('an edge that is refused asks less and less often, whatever else the hub takes from it', async () => {
  const { feed, clock, triedAt, link } = open(async () => 409);
  for (let second = 0; second < 20; second++) {
    link.answered++;
    await clock.advance(1_000);
  }
  expect(triedAt).toEqual([1, 2, 3, 5, 9, 14, 19]);
  await feed.close();
});

test('more points than a report holds are dropped and counted', async () => {
  const { feed, clock, reports } = open(async () => 200, 1);
  feed.add([sample(1), sample(2, { signal: target })]);
  await clock.advance(1_000);
  expect(reports[0]?.points).toHaveLength(1);
  expect(feed.dropped()).toBe(1);
  await feed.close();
});

test('a text is told with the time since when it says so, when it changes and when it is worth repeating', async () => {
  const { feed, clock, reports } = open(async () => 200);
  const told = (): unknown => reports.at(-1)?.texts.map(({ value, sinceMs, atMs }) => [value, sinceMs, atMs]);
  feed.add([sample('Execute', { signal: order, atMs: 10 }), sample('Held', { signal: order, atMs: 20 })]);
  await clock.advance(1_000);
  expect(told()).toEqual([['Held', 20, 20]]);
  feed.add([sample('Held', { signal: order, atMs: 30, passes: false }), sample('Execute', { signal: order, quality: 'bad' })]);
  await clock.advance(1_000);
  expect(told()).toEqual([]);
  feed.add([sample('Held', { signal: order, atMs: 40 }), sample('Idle', { signal: order, atMs: 5 })]);
  await clock.advance(1_000);
  expect(told()).toEqual([['Held', 20, 40]]);
  feed.add([sample(true, { signal: order, atMs: 50, passes: false })]);
  await clock.advance(1_000);
  expect(told()).toEqual([['true', 50, 50]]);
  await feed.close();
});

test('a text of a clock that was ahead gives way once nothing newer has come for ten seconds', async () => {
  const { feed, clock, reports } = open(async () => 200);
  const hourMs = 3_600_000;
  const say = async (value: string, atMs: number, receivedMs: number): Promise<unknown> => {
    feed.add([sample(value, { signal: order, atMs, receivedMs })]);
    await clock.advance(1_000);
    return reports.at(-1)?.texts.map((text) => [text.value, text.sinceMs, text.atMs]);
  };
  expect(await say('PO-1', hourMs, 0)).toEqual([['PO-1', hourMs, hourMs]]);
  expect(await say('PO-1', 1_000, 1_000)).toEqual([]);
  expect(await say('PO-2', 10_900, 10_900)).toEqual([]);
  expect(await say('PO-2', 11_000, 11_000)).toEqual([['PO-2', 11_000, 11_000]]);
  expect(await say('PO-1', 10_950, 12_000)).toEqual([]);
  await feed.close();
});

test('a text that goes on over a clock that was set back has not begun in the future', async () => {
  const { feed, clock, reports } = open(async () => 200);
  feed.add([sample('PO-1', { signal: order, atMs: 3_600_000, receivedMs: 0 }), sample('PO-1', { signal: order, atMs: 1_000, receivedMs: 1_000 })]);
  await clock.advance(1_000);
  feed.add([sample('PO-1', { signal: order, atMs: 11_000, receivedMs: 11_000 })]);
  await clock.advance(1_000);
  expect(reports.at(-1)?.texts).toEqual([{ signal: 'packer-3.order', value: 'PO-1', sinceMs: 11_000, atMs: 11_000 }]);
  await feed.close();
});

test('a text that the hub did not hear is told again, as it is then', async () => {
  const answers = [503, 200];
  const { feed, clock, reports } = open(async () => answers.shift() ?? 200);
  feed.add([sample('PO-1', { signal: order, atMs: 10 })]);
  await clock.advance(1_000);
  feed.add([sample('PO-1', { signal: order, atMs: 11, passes: false })]);
  await clock.advance(2_000);
  expect(reports.map(({ texts }) => texts.map(({ value, sinceMs, atMs }) => [value, sinceMs, atMs]))).toEqual([[['PO-1', 10, 10]], [['PO-1', 10, 11]], []]);
  await feed.close();
});
