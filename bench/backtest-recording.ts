// Records two million readings of packer 3 as an edge does, and judges them by its rule.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { throughputDrop } from '../examples/packaging-plant/rules/throughput-drop.rule.ts';
import { backtest } from '../src/engine/backtest/backtest.ts';
import { above, all, is } from '../src/model/condition.ts';
import { lastOf } from '../src/model/window.ts';
import { encodeBlock } from '../src/engine/telemetry/telemetry-block.ts';
import { rowsOf, type TelemetryRow } from '../src/engine/telemetry/telemetry-rows.ts';
import { openTelemetryShelf, recordedBlocks } from '../src/run/telemetry-shelf.ts';
import { side } from './child-side.ts';

const readings = 2_000_000;
const rowsMax = 16_384;
const startMs = Date.UTC(2026, 9, 1);
/** An order takes eight hours; in each half day the packer is slow for a quarter of an hour. */
const [orderEvery, slowEvery, slowFor] = [28_800, 43_200, 900];

/** One reading a second: the context first, as an edge judges it. */
function readingOf(index: number, noise: number): TelemetryRow[] {
  const atMs = startMs + index * 1_000;
  const common = { atMs, receivedMs: atMs + 3, quality: 'good', historical: false } as const;
  const isSlow = index % slowEvery > slowEvery - slowFor;
  const { order, item, target, remaining, slotEnd, state, ...others } = throughputDrop.with;
  const started = index - (index % orderEvery);
  return [
    { signal: order?.name ?? '', value: `PO-${started}`, ...common },
    { signal: item?.name ?? '', value: 'COFFEE-500G', ...common },
    { signal: target?.name ?? '', value: 120, ...common },
    { signal: remaining?.name ?? '', value: 60_000 - 2 * (index % orderEvery), ...common },
    { signal: slotEnd?.name ?? '', value: new Date(startMs + (started + orderEvery) * 1_000).toISOString(), ...common },
    { signal: state?.name ?? '', value: 'Execute', ...common },
    // Told once, so that a reading is what it was when the figure was first taken.
    ...(index === 0 ? Object.values(others).map(({ name, type }) => ({ signal: name, value: type === 'text' ? new Date(startMs).toISOString() : 1_000, ...common })) : []),
    { signal: throughputDrop.on.name, value: Math.round(((isSlow ? 66 : 116) + 8 * noise) * 10) / 10, ...common },
  ];
}

/** As an integrator writes it who wants no alarm while the packer is being cleaned. */
const whileExecuting = {
  ...throughputDrop,
  name: 'packaging.throughput-drop-while-executing',
  when: all(throughputDrop.when, is('state', 'Execute', 'Unholding'), above(lastOf('target'), { limit: 10 })),
};

await side(async (task) => {
  const dir = join(task.folder, 'telemetry');
  const shelf = await openTelemetryShelf(dir, 1e9);
  let rows: TelemetryRow[] = [];
  let seed = 4_711;
  for (let index = 0; index < readings; index++) {
    seed = (seed * 16_807) % 2_147_483_647;
    rows.push(...readingOf(index, seed / 2_147_483_647));
    if (rows.length < rowsMax && index < readings - 1) continue;
    await shelf.append(encodeBlock({ rows: rowsOf(rows), marks: [], tickedMs: 0 }));
    rows = [];
  }
  await shelf.close();
  const files = await Promise.all((await readdir(dir)).map((name) => stat(join(dir, name))));
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const values = { own: 0, composite: 0, all: 0, bytes: 0 };
  let cpuMs = 0;
  for (const [name, rule] of [
    ['own', throughputDrop],
    ['composite', whileExecuting],
  ] as const) {
    const play = () => backtest({ rule, limits: {}, blocks: () => recordedBlocks(dir), steady: () => performance.now() });
    await play();
    const before = process.cpuUsage();
    const { episodes, samples } = await play();
    const { user, system } = process.cpuUsage(before);
    const expected = Math.floor(readings / slowEvery);
    if (episodes.length !== expected || samples.own !== readings)
      throw new Error(`${name}: ${episodes.length} episodes in ${samples.own} samples; ${expected} in ${readings} expected`);
    values[name] = samples.own / (user + system);
    if (name !== 'own') continue;
    values.all = samples.all / (user + system);
    values.bytes = bytes / samples.all;
    cpuMs = (user + system) / 1_000 / samples.own;
  }
  return { values, cpuMs };
});
