// CURVERUNS: plays the commits of four-step flows into one store that keeps all of them, and tells what one cost when few and when many were there.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts';
import type { Change, Store } from '../src/store/store.ts';
import { side } from './child-side.ts';
import { sameCount } from './four-steps-answer.ts';
import { hexOf, mixedWords, writtenInLaps, type Lap } from './laps.ts';

const lapFlows = 10_000;
const commitFlows = 100;
const steps = 4;
const warmFlows = 20_000;
/** Laps that a point of the curve is told of, the last of them at that point. */
const lapsPerPoint = 3;
/** Orders are counted up, as most systems count them; with LINESHAFT_BENCH_KEYS=random they are in no order, as UUIDs are. */
const inOrder = process.env['LINESHAFT_BENCH_KEYS'] !== 'random';

await side(async (task, opened) => {
  await using warm = new AsyncDisposableStack();
  const warmed = await openSqliteStore(join(task.folder, 'warm.db'));
  warm.defer(() => warmed.close());
  for (let next = 0; next < warmFlows; next += commitFlows) await playAll(warmed, next);
  await warm.disposeAsync();
  const file = join(task.folder, 'hub.db');
  const store = await openSqliteStore(file);
  opened.defer(() => store.close());
  const laps = await writtenInLaps({
    total: task.inFlight,
    lap: lapFlows,
    each: commitFlows,
    write: (from) => playAll(store, from),
    tell: (written, done) => console.error(`${written.toLocaleString('en').padStart(12)} flows: ${atEnd(done).toFixed(1)} µs CPU each`),
  });
  const next = laps.length * lapFlows;
  const { runs } = await store.counts();
  sameCount('runs that are done', runs.done ?? 0, next);
  const pointOf = (flows: number): number => atEnd(laps.slice(0, flows / lapFlows));
  const [us30k, us100k, us1M] = [pointOf(lapsPerPoint * lapFlows), pointOf(100_000), pointOf(next)];
  return { values: { us30k, us100k, us1M, at1M: us1M / us30k, bytes: (await stat(file)).size / next } };
});

function atEnd(laps: readonly Lap[]): number {
  const last = laps.slice(-lapsPerPoint);
  return last.reduce((sum, { cpuUs }) => sum + cpuUs, 0) / last.length;
}

/** The commits that flows make which go on side by side: the events, the first steps, each next step with the outcome of the one before, the ends. */
async function playAll(store: Store, from: number): Promise<void> {
  const flows = Array.from({ length: commitFlows }, (_, index) => flow(from + index));
  const results = await store.commit(flows.map(({ event }) => event));
  const positions = results.map((result) => ('position' in result ? result.position : 0));
  await store.commit(flows.flatMap(({ start, add }, index) => [start(positions[index] ?? 0), add(1)]));
  for (let step = 2; step <= steps; step += 1) await store.commit(flows.flatMap(({ set, add }) => [set(step - 1), add(step)]));
  await store.commit(flows.flatMap(({ set, end }) => [set(steps), end]));
}

function flow(number: number) {
  const hex = mixedWords(number).map(hexOf).join('');
  const order = inOrder ? `PO-${4_500_000_000 + number}` : `${hex}-4c3e-9b1a`;
  const run = `four-steps:${hex}`;
  const atMs = 1_763_000_000_000 + number;
  const data = `{"order":"${order}","value":1}`;
  const event: Change = {
    change: 'event.append',
    source: '/bench',
    id: `${hex}-${number}`,
    type: 'bench.start.v1',
    timeMs: atMs,
    receivedMs: atMs,
    keys: { order },
    traceparent: undefined,
    principal: 'bench',
    data,
  };
  const end: Change = { change: 'run.set', id: run, status: 'done', endedMs: atMs + 9, reason: undefined };
  return {
    event,
    end,
    start: (position: number): Change => ({
      change: 'run.start',
      id: run,
      flow: 'four-steps',
      key: order,
      keys: { order },
      position,
      status: 'active',
      release: 'bench',
      protocol: 1,
      startedMs: atMs,
      endedMs: undefined,
      reason: undefined,
    }),
    add: (step: number): Change => ({
      change: 'step.add',
      run,
      id: `number.add:${step}`,
      kind: 'effect',
      mode: 'call',
      name: 'number.add',
      issue: step,
      done: undefined,
      status: 'sent',
      issuedMs: atMs + step,
      endedMs: undefined,
      dueMs: undefined,
      system: 'adder',
      entity: order,
      attempts: 1,
      input: `{"order":"${order}","value":${step}}`,
      output: undefined,
      history: `[{"what":"recorded","atMs":${atMs + step}}]`,
    }),
    set: (step: number): Change => ({
      change: 'step.set',
      run,
      id: `number.add:${step}`,
      status: 'done',
      done: step,
      output: `{"ok":true,"value":{"value":${step + 1}}}`,
      endedMs: atMs + step,
      attempts: 1,
      history: `[{"what":"recorded","atMs":${atMs + step}},{"what":"confirmed","atMs":${atMs + step}}]`,
    }),
  };
}
