import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeColumn, encodeColumn } from './column.ts';
import { encodeBlock, readBlocks } from './telemetry-block.ts';
import { heldFlag, historicalFlag, qualities, rowsOf, type TelemetryRow } from './telemetry-rows.ts';

const row = fc.record({
  signal: fc.constantFrom('packer.rate', 'packer.state', 'packer.on'),
  number: fc.oneof(fc.integer(), fc.double({ noNaN: true }), fc.constantFrom(-0, 0.1, 0.3, 66.5, 1e300)),
  text: fc.string({ maxLength: 6 }),
  yes: fc.boolean(),
  atMs: fc.oneof(fc.integer({ min: 1_700_000_000_000, max: 1_700_000_100_000 }), fc.double({ noNaN: true, min: 0, max: 2e12 })),
  receivedMs: fc.integer({ min: 1_700_000_000_000, max: 1_700_000_100_000 }),
  quality: fc.constantFrom(...qualities),
  historical: fc.boolean(),
  held: fc.boolean(),
});

function valueOf(signal: string, { number, text, yes }: { number: number; text: string; yes: boolean }): number | string | boolean {
  return signal === 'packer.rate' ? number : signal === 'packer.state' ? text : yes;
}

test.each([
  ['a few rows of each signal', { maxLength: 60 }, 300],
  ['many of each', { minLength: 600, maxLength: 700 }, 20],
])('what was recorded is read back bit by bit, in its order: %s', (_name, bounds, numRuns) => {
  fc.assert(
    fc.property(fc.array(row, bounds), (given) => {
      const rows: TelemetryRow[] = given.map(({ signal, number, text, yes, ...rest }) => ({ signal, value: valueOf(signal, { number, text, yes }), ...rest }));
      const [block, ...more] = readBlocks(Buffer.from(encodeBlock({ rows: rowsOf(rows), marks: [], tickedMs: 5 })));
      expect(more).toEqual([]);
      const back: TelemetryRow[] = [];
      for (const signal of block?.signals.keys() ?? []) {
        const columns = block?.columns(signal);
        for (let index = 0; index < (columns?.count ?? 0); index++) {
          const [value, flag] = [columns?.values[index] ?? Number.NaN, columns?.flags?.[index] ?? 0];
          back[columns?.rows[index] ?? -1] = {
            signal,
            value: columns?.words ? (columns.words[value] ?? '') : value,
            atMs: columns?.atMs[index] ?? Number.NaN,
            receivedMs: columns?.receivedMs[index] ?? Number.NaN,
            quality: qualities[flag & 3] ?? 'bad',
            historical: (flag & historicalFlag) !== 0,
            held: (flag & heldFlag) !== 0,
          };
        }
      }
      expect(back).toEqual(rows);
    }),
    { numRuns, seed: 4711 },
  );
});

test.each([
  ['a steady clock', Float64Array.from({ length: 1_000 }, (_, index) => 1_700_000_000_000 + index * 1_000), 'series', 0],
  ['rates with one decimal', Float64Array.from({ length: 1_000 }, (_, index) => 120 + (index % 7) / 10), 'steps', 1_000],
  ['irrational values', Float64Array.from({ length: 1_000 }, (_, index) => Math.sin(index)), 'plain', 8_000],
] as const)('%s is written as %j', (_name, values, kind, bytes) => {
  const encoded = encodeColumn(values);
  expect([encoded.form.kind, encoded.bytes.length]).toEqual([kind, bytes]);
  expect(decodeColumn(encoded.form, encoded.bytes, values.length)).toEqual(values);
});

test('a block of ten thousand signals with one row each takes a few bytes a row', () => {
  const rows = Array.from({ length: 10_000 }, (_, index) => {
    const value = index % 2 === 0 ? 100 + (index % 7) / 10 : 3 + (index % 5);
    return { signal: `line-1.machine-${index}.rate`, value, atMs: 1_700_000_000_000, receivedMs: 1_700_000_000_005, quality: 'good' as const, historical: false };
  });
  expect(encodeBlock({ rows: rowsOf(rows), marks: [], tickedMs: 0 }).length).toBeLessThan(6 * rows.length);
});

test('a recording that was cut or altered is read up to there', () => {
  const rows = [{ signal: 's', value: 1, atMs: 1, receivedMs: 1, quality: 'good' as const, historical: false }];
  const one = encodeBlock({ rows: rowsOf(rows), marks: [{ kind: 'stale', row: 1, signals: ['s'], atMs: 2 }], tickedMs: 3 });
  const two = Buffer.concat([one, one]);
  expect([...readBlocks(two)]).toHaveLength(2);
  expect([...readBlocks(two)][0]?.marks).toEqual([{ kind: 'stale', row: 1, signals: ['s'], atMs: 2 }]);
  for (let cut = 0; cut < two.length; cut++) expect([...readBlocks(two.subarray(0, cut))]).toHaveLength(cut < one.length ? 0 : 1);
  const altered = Buffer.from(two);
  altered[one.length - 1] = (altered[one.length - 1] ?? 0) ^ 1;
  expect([...readBlocks(altered)]).toHaveLength(0);
});
