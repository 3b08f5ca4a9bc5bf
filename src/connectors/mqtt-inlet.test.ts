import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RawSample } from '../model/source.ts';
import { mqttInlet, type MqttInlet } from './mqtt-inlet.ts';

const nowMs = 1_790_000_000_000;
const addresses = ['line-1/a#/rate', 'line-1/a#/target', 'line-1/b#/rate', 'line-1/b#/state', 'line-1/c#/deep/rate', 'line-1/d#/ts'];

interface Told {
  readonly samples: RawSample[];
  readonly quarantined: (readonly string[])[];
}

/** An inlet and what comes out of it; without columns, it has the plain way only. */
function open(hasColumns: boolean): { readonly inlet: MqttInlet; readonly told: Told; rows: () => number } {
  const told: Told = { samples: [], quarantined: [] };
  let rows = 0;
  const sink = {
    samples: (batch: readonly RawSample[]) => void told.samples.push(...batch),
    quarantine: (...words: string[]) => void told.quarantined.push(words),
    ...(hasColumns && {
      numbers({ count, series, values, times }: { count: number; series: Uint32Array; values: Float64Array; times: Float64Array }) {
        rows += count;
        for (let row = 0; row < count; row++) {
          told.samples.push({ address: addresses[series[row] ?? -1] ?? '?', value: values[row] ?? NaN, atMs: times[row] ?? NaN, quality: 'good' });
        }
      },
    }),
  };
  return { inlet: mqttInlet({ addresses, time: ['ts'], sink, now: () => nowMs }), told, rows: () => rows };
}

function hear(inlet: MqttInlet, topic: string, payload: string): void {
  const [topicBytes, bytes] = [Buffer.from(topic), Buffer.from(`..${topic}${payload}..`)];
  const [topicAt, topicEnd] = [2, 2 + topicBytes.length];
  const end = bytes.length - 2;
  if (!inlet.inPlace?.(bytes, topicAt, topicEnd, topicEnd, end)) inlet.message(topic, bytes.subarray(topicEnd, end));
}

const ts = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: (nowMs - 1e6) * 2, max: (nowMs + 1e6) * 2 }).map((half) => half / 2) },
  fc.constantFrom(5, nowMs + 90_000_000, '2026-11-23T03:00:00Z', null),
);
const value = fc.oneof(
  { weight: 5, arbitrary: fc.double({ min: -1e4, max: 1e4, noNaN: true }).map((each) => Math.round(each * 100) / 100) },
  fc.constantFrom('Execute', null, true, [1], 1e300),
);
const flat = { ts, rate: value, target: value, state: value };
const payload = fc.oneof(
  { weight: 6, arbitrary: fc.record(flat).map((each) => JSON.stringify(each)) },
  { weight: 3, arbitrary: fc.record({ ...flat, deep: fc.record({ rate: value }) }, { requiredKeys: ['ts', 'rate'] }).map((each) => JSON.stringify(each)) },
  { weight: 1, arbitrary: fc.constantFrom('{', '[]', '{"ts":1}', 'no') },
);

test('messages give the same values, in the same order, and the same quarantine whichever way they go', () => {
  let [all, fast] = [0, 0];
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('line-1/a', 'line-1/b', 'line-1/c', 'line-1/d', 'else'), payload, fc.boolean()), { maxLength: 40 }), (messages) => {
      const [one, other] = [open(true), open(false)];
      for (const [topic, text, isEndOfRead] of messages) {
        for (const { inlet } of [one, other]) {
          hear(inlet, topic, text);
          if (isEndOfRead) inlet.settle();
        }
      }
      for (const { inlet } of [one, other]) inlet.settle();
      expect(one.told).toEqual(other.told);
      all += one.told.samples.length;
      fast += one.rows();
    }),
    { numRuns: 300, seed: 4711 },
  );
  // Both ways were gone, often.
  expect(Math.min(fast, all - fast)).toBeGreaterThan(300);
});

test('more values than are held at a time are told before the read is over, and none is lost', () => {
  const { inlet, told, rows } = open(true);
  for (let index = 0; index < 5_000; index++) hear(inlet, 'line-1/a', `{"ts":${nowMs + index},"rate":${index},"target":1}`);
  expect(rows()).toBeGreaterThan(3_000);
  inlet.settle();
  expect(told.samples.filter(({ address }) => address === 'line-1/a#/rate').map(({ value: each }) => each)).toEqual(Array.from({ length: 5_000 }, (_, index) => index));
});
