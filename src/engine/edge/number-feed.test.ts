import fc from 'fast-check';
import { expect, test } from 'vitest';
import { edgeDisk } from '../../../test/edge-disk.ts';
import { floorSource, order, plantTeam, reading, signals, target, temperature, throughput, throughputDrop, tooHot, varianceDetected } from '../../../test/edge-landscape.ts';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { below } from '../../model/condition.ts';
import { defineRule, type Rule } from '../../model/rule.ts';
import type { NumberColumns, RawSample } from '../../model/source.ts';
import { average } from '../../model/window.ts';
import { hubList } from './hub-list.ts';
import { emptyFilterCounts, normaliser } from './normalise.ts';
import { numberFeed, samplesOf } from './number-feed.ts';
import { quarantineDesk } from './quarantine-desk.ts';
import { openRuleHost } from './rule-host.ts';
import { sourceMeter } from './source-meter.ts';
import { openTrendFeed } from './trend-feed.ts';

const addresses = [throughput, temperature, target, order].map(({ address }) => address);

/** Rule host, normaliser and trends of one edge, fed the one way or the other. */
async function edgeWith(way: 'columns' | 'samples', rules: readonly Rule[]) {
  const clock = virtualClock(1_790_000_000_000);
  const counts = emptyFilterCounts();
  const store = edgeDisk().open();
  const log = (): void => undefined;
  const quarantine = quarantineDesk({ store, clock, log });
  const parts = { edge: 'edge-1', limits: {}, store, quarantine, counts, clock, random: () => 0, probe: () => undefined, log, onAppended: () => undefined };
  const host = await openRuleHost({ ...parts, rules });
  const normal = normaliser({ signals, clock, quarantine, counts });
  const send = async () => ({ status: 200, retryAfter: undefined, body: '' });
  // Nobody waits for a report in this test; what would be in it is asked for below.
  const trends = openTrendFeed({ ...parts, hubs: hubList(['http://hub']), send, key: 'k', status: () => Promise.reject(new Error('not asked')), targetOf: () => undefined });
  const meter = sourceMeter(clock);
  const feed = numberFeed({ source: floorSource.name, addresses, normal, host, trends, counts, clock });

  function plainly(batch: readonly RawSample[]): void {
    meter.note(batch);
    const samples = normal.normalise(floorSource.name, batch);
    host.accept(samples);
    trends.add(samples);
  }
  return {
    hear(columns: NumberColumns) {
      if (way === 'samples') return plainly(samplesOf(columns, addresses));
      meter.noteNumbers(columns);
      feed(columns);
    },
    plainly,
    async all() {
      await host.idle();
      const { tallies } = trends.tallies.take(100);
      const events = (await store.pending(100)).map(({ body }) => body);
      const found = { events, counts, rules: host.status(), tallies, meter: meter.figures(), quarantined: quarantine.entries(50) };
      await trends.close();
      return found;
    },
  };
}

const row = fc.record({
  series: fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3),
  value: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 0, max: 130 }) },
    { weight: 20, arbitrary: fc.constantFrom(20, 21) },
    { weight: 1, arbitrary: fc.constantFrom(Number.MAX_VALUE, 1_500) },
  ),
  afterMs: fc.oneof({ weight: 10, arbitrary: fc.integer({ min: 0, max: 3_000 }) }, { weight: 1, arbitrary: fc.integer({ min: -5_000, max: 60_000 }) }),
});

function columnsOf(rows: readonly { readonly series: number; readonly value: number; readonly afterMs: number }[], fromMs: number): NumberColumns {
  return {
    count: rows.length,
    series: Uint32Array.from(rows, ({ series }) => series),
    values: Float64Array.from(rows, ({ value }) => value),
    times: Float64Array.from(rows, ({ afterMs }) => fromMs + afterMs),
  };
}

/** Nothing hangs on what other signals say. */
const alone: readonly Rule[] = [
  defineRule({
    name: 'slow',
    title: 'Slow',
    owner: plantTeam,
    on: throughput,
    with: {},
    when: below(average('8s'), { limit: 22 }),
    sustained: '0s',
    clear: { for: '0s' },
    emit: varianceDetected,
    event: ({ asset, id, limit, window }) => ({ order: 'none', asset, episode: id, rate: Math.abs(window.value), limit }),
  }),
];

test.each([
  ['with a context', [throughputDrop, tooHot], 5_000],
  ['alone', alone, 2_000],
] as const)('%s: columns and samples give the same events, counts, rule states, trends and quarantine', async (_name, rules, stepMs) => {
  let fired = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(row, { maxLength: 8 }), { minLength: rules === alone ? 25 : 0, maxLength: 60 }), async (messages) => {
      const [one, other] = [await edgeWith('columns', rules), await edgeWith('samples', rules)];
      let atMs = 1_790_000_000_000;
      for (const each of [one, other]) each.plainly(reading(atMs, 120));
      for (const wild of messages) {
        // What is passed over rises in time, and adds up.
        const rows =
          rules === alone
            ? wild.map((each) => ({ ...each, value: Math.min(each.value, 1_500), afterMs: Math.abs(each.afterMs) % stepMs })).sort((a, b) => a.afterMs - b.afterMs)
            : wild;
        atMs += stepMs;
        one.hear(columnsOf(rows, atMs));
        other.hear(columnsOf(rows, atMs));
      }
      const [found, wanted] = [await one.all(), await other.all()];
      expect(found).toEqual(wanted);
      fired += found.events.length;
    }),
    { numRuns: 60, seed: 4711 },
  );
  expect(fired).toBeGreaterThan(10);
});
