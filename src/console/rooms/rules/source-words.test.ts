import { expect, test } from 'vitest';
import type { RecordingView } from '../../../api/recordings.ts';
import { boundsWords, bytesWords, progressWords, sourcesOf } from './source-words.ts';

const at = '2026-11-02T06:00:00.000Z';
const fetched: RecordingView = { id: 'r-1', edge: 'kiel-1', status: 'here', bytes: 2_345_678, bytesMax: 100_000_000, bytesPerSecondMax: 500_000, by: 'anna', asked: at, ended: at };
const say = (ms: number): string => new Date(ms).toISOString().slice(11, 16);

test('what lies here comes before what was fetched, and that before edges that can be asked', () => {
  const sources = sourcesOf(['edge-1'], [{ ...fetched, status: 'coming' }, { ...fetched, id: 'r-2', from: at }, fetched], ['kiel-1', 'edge-1'], say);
  expect(sources.map(({ kind, recording, words }) => [kind, recording, words])).toEqual([
    ['here', undefined, 'edge-1'],
    ['fetched', 'r-2', 'kiel-1, fetched 06:00: from 06:00'],
    ['fetched', 'r-1', 'kiel-1, fetched 06:00: all that it had'],
    ['fetch', undefined, 'kiel-1, fetched from there first'],
  ]);
  expect(new Set(sources.map(({ value }) => value)).size).toBe(4);
});

test('a hub that fetches nothing offers no edge elsewhere', () => {
  expect(sourcesOf([], undefined, ['kiel-1'], say)).toEqual([]);
});

test('how far a recording is, and why it does not come', () => {
  expect(progressWords({ ...fetched, status: 'asked' })).toMatch(/kiel-1 .* has not come for it yet/);
  expect(progressWords({ ...fetched, status: 'coming', total: 5_000_000 })).toBe('2.3 MB of at most 5 MB are here.');
  const coming = { ...fetched, status: 'coming' as const, total: 5_000_000 };
  expect(progressWords({ ...coming, bytesPerSecond: 120_000 })).toBe('2.3 MB of at most 5 MB are here, 120 kB a second.');
  expect(progressWords({ ...coming, bytesPerSecond: 462_000 })).toBe(
    '2.3 MB of at most 5 MB are here, 462 kB a second, which is as fast as it may (recordings in the environment of the hub).',
  );
  expect(progressWords({ ...fetched, status: 'failed', trouble: { code: 'NOT_FOUND', message: 'Nothing is recorded.' } })).toBe('It does not come. Nothing is recorded.');
  expect(progressWords({ ...fetched, status: 'failed', trouble: { code: 'TOO_LARGE', message: 'Allow more with --megabytes.' } })).toBe(
    'It does not come: that stretch is larger than the 100 MB that are allowed (recordings in the environment of the hub). Choose a shorter one.',
  );
  expect(boundsWords({ megabytes: 20, kilobytesPerSecond: 64 })).toBe('at most 20 MB, 64 kB a second');
  expect(bytesWords(940)).toBe('0.9 kB');
});
