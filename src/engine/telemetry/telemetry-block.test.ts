import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { UnreadBytes } from './block-frame.ts';
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

const small = encodeBlock({
  rows: rowsOf([{ signal: 's', value: 1, atMs: 1, receivedMs: 1, quality: 'good', historical: false }]),
  marks: [{ kind: 'stale', row: 1, signals: ['s'], atMs: 2 }],
  tickedMs: 3,
});

function readWith(bytes: Buffer): { readonly blocks: number; readonly unread: readonly UnreadBytes[] } {
  const unread: UnreadBytes[] = [];
  return { blocks: [...readBlocks(bytes, (each) => unread.push(each))].length, unread };
}

test('a recording that was cut is read up to there, and the cut is told as one', () => {
  const two = Buffer.concat([small, small]);
  expect(readWith(two)).toEqual({ blocks: 2, unread: [] });
  expect([...readBlocks(two)][0]?.marks).toEqual([{ kind: 'stale', row: 1, signals: ['s'], atMs: 2 }]);
  for (let cut = 1; cut < two.length; cut++) {
    const whole = cut < small.length ? 0 : 1;
    const left = cut - whole * small.length;
    expect(readWith(two.subarray(0, cut))).toEqual({ blocks: whole, unread: left === 0 ? [] : [{ atByte: whole * small.length, bytes: left, isCut: true }] });
  }
});

test('of a recording that was altered all blocks are read but the one that was, whichever byte it is', () => {
  const three = Buffer.concat([small, small, small]);
  for (let at = 0; at < three.length; at++) {
    const altered = Buffer.from(three);
    altered[at] = (altered[at] ?? 0) ^ 0x55;
    const { blocks, unread } = readWith(altered);
    expect(blocks).toBe(2);
    expect(unread).toMatchObject([{ atByte: Math.floor(at / small.length) * small.length, bytes: small.length }]);
    if (at < 2 * small.length) expect(unread[0]?.isCut).toBe(false);
  }
});

test('blocks that are altered one after the other are counted one by one', () => {
  const altered = Buffer.concat([small, small, small, small]);
  for (const block of [1, 2]) altered[(block + 1) * small.length - 1] = (altered[(block + 1) * small.length - 1] ?? 0) ^ 1;
  expect(readWith(altered)).toEqual({
    blocks: 2,
    unread: [1, 2].map((block) => ({ atByte: block * small.length, bytes: small.length, isCut: false })),
  });
});
