import { describe, expect, test } from 'vitest';
import { landscapeFrom } from '../../model/landscape.ts';
import { defineLimit } from '../../model/limit.ts';
import type { AuditRecord, Change } from '../../store/store.ts';
import { auditLimits } from './limit-audit.ts';
import { readLimitFile } from './limit-file.ts';

const definitions = [defineLimit({ name: 'line.window', value: '5m', why: 'w' }), defineLimit({ name: 'line.low', value: 80, why: 'w' })];

test('a limit file sets what it names, and an empty one nothing', () => {
  expect(readLimitFile('limits.yaml', '# agreed in May\nline.low: 75 # percent\nline.window: 4m\n', definitions)).toEqual({
    values: { 'line.low': 75, 'line.window': '4m' },
    failures: [],
  });
  expect(readLimitFile('limits.yaml', '# nothing yet\n', definitions)).toEqual({ values: {}, failures: [] });
});

test.each([
  ['line.low: 75\nline.lwo: 70\n', 2, /no limit "line\.lwo"/, /Did you mean "line\.low"/],
  ['line.low: 75\n\nline.window: 5\n', 3, /"line\.window" cannot be 5: it is a duration, by default 5m/, /"5m"/],
  ['line.low: "80"\n', 1, /"line\.low" cannot be "80": it is a number/, /Give a number/],
  ['line.low:\n', 1, /"line\.low" cannot be null/, /Give a number/],
  ['line.low: .inf\n', 1, /"line\.low" cannot be \.inf, which has no end: it is a number/, /Give a number/],
  ['line.low: -.inf\n', 1, /"line\.low" cannot be -\.inf/, /Give a number/],
  ['line.low: .nan\n', 1, /"line\.low" cannot be what is no number \(\.nan\)/, /Give a number/],
  ['line.low: [80\n', 2, /cannot be read/, /name: value/],
  ['line.low: 80\nline.low: 90\n', 2, /cannot be read: Map keys must be unique/, /name: value/],
  ['- line.low\n', 1, /no list of "name: value"/, /name: value/],
])('%j is refused at its line', (text, line, message, help) => {
  const { failures } = readLimitFile('/plant/limits.yaml', text, definitions);
  expect(failures).toEqual([expect.objectContaining({ code: 'limit-file', message: expect.stringMatching(message), help: expect.stringMatching(help) })]);
  expect(failures[0]?.site).toMatchObject({ file: '/plant/limits.yaml', line });
});

describe('the audit', () => {
  /** Starts of a hub, one after the other, under these limits. */
  async function starts(...each: readonly Readonly<Record<string, number | string>>[]) {
    const entries: AuditRecord[] = [];
    const store = { audit: async ({ limit }: { readonly limit: number }) => entries.toReversed().slice(0, limit) };
    const commit = async (changes: readonly Change[]) => {
      for (const change of changes) if (change.change === 'audit.add') entries.push({ ...change, id: entries.length });
      return [];
    };
    const clock = { now: () => 1_000, steady: () => 0, at: () => () => undefined, after: () => () => undefined };
    for (const limits of each) await auditLimits({ landscape: landscapeFrom(definitions, 'r1'), limits, store, pipeline: { commit }, clock });
    return entries.map(({ details }) => JSON.parse(details));
  }

  test('tells of each change once: what it was, what it is, in which release', async () => {
    const entries = await starts({}, { 'line.low': 75 }, { 'line.low': 75 }, { 'line.low': 75, 'line.window': '4m' }, {});
    expect(entries.map(({ changes }) => changes)).toEqual([
      [{ limit: 'line.low', before: 80, after: 75 }],
      [{ limit: 'line.window', before: '5m', after: '4m' }],
      [
        { limit: 'line.low', before: 75, after: 80 },
        { limit: 'line.window', before: '4m', after: '5m' },
      ],
    ]);
    expect(entries[0]).toMatchObject({ release: 'r1', version: expect.stringMatching(/^[0-9a-f]{8}$/), values: { 'line.low': 75, 'line.window': '5m' } });
    expect(new Set(entries.map(({ version }) => version)).size).toBe(3);
  });
});
