import { beforeAll, expect, test } from 'vitest';
import { isClean } from '../../src/counterparts/verdict/tally.ts';
import { buildProcesses } from '../built-command.ts';
import { chaos, type Played } from './chaos-command.ts';
import { doctored, isFound } from './doctor.ts';

/** One of each kind of place: log, before a send, after an answer, behind a buffered effect, an undo, the edge's buffer; and one trouble of each family. */
const sample = [
  'kill-hub/after-commit/after-commit:event.production.variance.detected.v1',
  'kill-hub/before-send/before-send:expected-receipt.revise#1',
  'kill-hub/after-answer/after-answer:maintenance.request#1',
  'kill-hub/after-answer/after-answer:undo:production-order.release#1',
  'kill-edge/after-uplink-answer/edge.after-uplink-answer:production.variance.detected',
  'reset-after/cmms',
  'link-cut/again and again',
  'two-operators/retry one parked effect at cmms',
];
/** Where the hub's log lies on PostgreSQL: what can come between the two, what can happen to the hub beside it, and deaths around a commit. */
const onPostgres = [
  'store-cut',
  'two-hubs',
  'standstill/hub, while it sends',
  'clock-step/hub, ahead and back',
  'clock-step/hub, back and ahead',
  'deploy/another release, as the plan is changed',
  'two-flows',
  'alarm-flood/one alarm, a thousand times',
  'reset-after/cmms',
  'commit-after-timeout/erp',
  'kill-hub/before-commit/before-commit:run.start.packaging-bottleneck',
  'kill-hub/after-commit/after-commit:event.production.variance.detected.v1',
  'kill-hub/after-commit/after-commit:run.start.packaging-bottleneck',
  'kill-hub/before-send/before-send:production-order.revise#1',
  'kill-hub/after-answer/after-answer:maintenance.request#1',
];
const database = process.env['LINESHAFT_POSTGRES'];
/** `all`: everything, as `lineshaft chaos` plays it; `apart`: nothing here, since somebody plays all of it by itself. */
const plays = process.env['LINESHAFT_KILL_PLAYS'];
const isWhole = plays === 'all';
const wholeMs = 15 * 60_000;
const onPostgresMs = 4 * 60_000;
const sampleMs = 4 * 60_000;
/** Between the word that the command takes too long and its end. */
const closingMs = 60_000;
const runsMin = 200;
const pointsMin = 50;

/** Runs at the same time: a run waits more than it computes, so that two cores are busy with so many. */
const jobs = ['--jobs', '6'];

// Hundreds of hubs and edges are started.
beforeAll(plays === 'apart' ? () => undefined : buildProcesses);

function holds({ code, rows, evidence, stderr }: Played): void {
  // How many runs, in how many seconds.
  console.info(stderr.trim().split('\n').at(-1));
  expect(
    rows.filter((row) => !isClean(row)),
    wrongRuns(stderr),
  ).toEqual([]);
  expect(code).toBe(0);
  // A matrix that cannot fail is worth nothing: each cell, on what its own runs were judged on.
  for (const { fault, mode } of rows) {
    const own = evidence.filter((one) => one.fault === fault && one.mode === mode);
    const worlds = own.flatMap(doctored);
    expect(worlds.length, `${fault} ${mode}`).toBeGreaterThan(0);
    expect(worlds.filter((world) => !isFound(world)).map(({ what, must }) => `${fault} ${mode}: ${what}, but nothing counts as ${must ?? 'wrong'}`)).toEqual([]);
  }
}

/** Of what the command told of each run: only those that were not as they must be, since hundreds are. */
function wrongRuns(told: string): string {
  const runs = told.split(/^(?= *\d+ [✓✗] )/mu);
  return runs.filter((run) => run.includes('✗')).join('');
}

test.skipIf(isWhole || plays === 'apart')(
  'hub and edge keep what they promise under one trouble of each kind, and each of these runs can fail',
  { timeout: sampleMs + closingMs },
  async () => {
    const played = await chaos(sampleMs, '--fault', ...sample);
    holds(played);
    expect(played.evidence.length).toBe(sample.length);
  },
);

test.runIf(isWhole)('hub and edge keep what they promise under every trouble of the matrix, and each of its cells can fail', { timeout: wholeMs + closingMs }, async () => {
  const played = await chaos(wholeMs, ...jobs);
  holds(played);
  expect(played.skipped.filter(({ fault }) => fault.startsWith('power-cut'))).toEqual([]);
  expect(played.evidence.length).toBeGreaterThanOrEqual(runsMin);
  expect(new Set(played.evidence.flatMap(({ fault, detail }) => (fault.startsWith('kill-') ? [detail] : []))).size).toBeGreaterThanOrEqual(pointsMin);
});

test.runIf(isWhole && database !== undefined)('hub and edge keep it with the log of the hub on PostgreSQL', { timeout: onPostgresMs + closingMs }, async () => {
  const played = await chaos(onPostgresMs, ...jobs, '--store', database ?? '', '--fault', ...onPostgres);
  holds(played);
  expect(played.skipped.filter(({ fault }) => !fault.startsWith('kill-'))).toEqual([]);
});
