import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { playNames } from '../../src/counterparts/verdict/play-name.ts';
import { startDemo } from './demo-process.ts';

// The verdict is the counterparts' own: these tests only read it, from outside, through the command that a person uses.

interface Verdict {
  readonly ok: boolean;
  readonly plays: readonly {
    readonly name: string;
    readonly seed: number;
    readonly ok: boolean;
    readonly rows: readonly { readonly id: string; readonly ok: boolean; readonly expected: string; readonly found: string }[];
  }[];
}

/** Every play in one process takes about a minute on two free cores; other tests run beside it. */
const allPlaysMs = 300_000;
/** In CI the other seeds play everything too. */
const isWhole = process.env['LINESHAFT_KILL_PLAYS'] === 'all';
const courses = ['main', 'recover-late', 'within-tolerance'] as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineshaft-scene-'));
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

async function verdictOf(seed: number, names: readonly string[]): Promise<Verdict> {
  const { code, out, err } = await startDemo(
    '--once',
    '--json',
    '--tempo',
    'kill',
    '--seed',
    String(seed),
    '--data',
    join(folder, String(seed)),
    ...names.flatMap((name) => ['--play', name]),
  ).end;
  expect(out, `standard error: ${err}`).not.toBe('');
  const verdict: Verdict = JSON.parse(out);
  expect(code).toBe(verdict.ok ? 0 : 1);
  return verdict;
}

function wrongIn({ plays }: Verdict): readonly string[] {
  return plays.flatMap(({ name, rows }) => rows.filter(({ ok }) => !ok).map(({ id, expected, found }) => `${name} ${id}: expected ${expected}, found ${found}`));
}

test('the scene and all its variants leave the ledgers that the world of seed 1 demands', { timeout: allPlaysMs }, async () => {
  const verdict = await verdictOf(1, []);
  expect(wrongIn(verdict)).toEqual([]);
  expect(verdict.plays.map(({ name }) => name).toSorted()).toEqual(playNames.toSorted());
  expect(verdict.ok).toBe(true);
});

test.each([2, 3])('the courses of the scene leave the ledgers that the world of seed %i demands', { timeout: allPlaysMs }, async (seed) => {
  const verdict = await verdictOf(seed, isWhole ? [] : courses);
  expect(wrongIn(verdict)).toEqual([]);
  expect(verdict.plays.map((play) => play.seed)).toEqual(verdict.plays.map(() => seed));
  expect(verdict.ok).toBe(true);
});
