import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { repository } from '../../scripts/package-binary.ts';
import { runningCommand } from '../running-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'lineshaft-backtest-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const startMs = Date.parse('2026-11-02T14:00:00Z');
/** An hour of packer 3, a value every five seconds: from 14:15 to 14:45 it packs 66 instead of 119 a minute. */
const lines = Array.from({ length: 720 }, (_, index) => {
  const rate = index >= 180 && index < 540 ? 66 : 119;
  return `${new Date(startMs + index * 5_000).toISOString()},${rate},PO-4711,COFFEE-500G,120,${28_800 - index * 8},2026-11-02T18:30:00Z,Execute,2026-11-02T12:00:00Z,${11_200 + index * 8},90,${7_000_000 + index * 5_000}`;
});
const csv = join(folder, 'packer.csv');
writeFileSync(csv, ['time,value,order,item,target,remaining,slotEnd,state,slotStart,produced,defective,executeTime', ...lines].join('\n'));
const labels = join(folder, 'stops.csv');
writeFileSync(labels, '2026-11-02T14:15:00Z,2026-11-02T14:45:00Z\n');

async function backtest(...args: readonly string[]) {
  await using command = runningCommand(['rules', 'backtest', ...args, '--landscape', join(repository, 'examples', 'packaging-plant')], { cwd: folder });
  return await command.ended;
}

test('a backtest of a file tells what would have fired, how that agrees with what is known, and what the flow would have asked for', async () => {
  const plot = join(folder, 'drop.svg');
  const { code, stdout, stderr } = await backtest('packaging.throughput-drop', '--csv', csv, '--labels', labels, '--plot', plot, '--json');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const told = JSON.parse(stdout);
  // 27 of the 60 values of a window must be slow before their average is below 96; that holds from 14:17:10 on.
  expect(told.episodes).toMatchObject([{ start: '2026-11-02T14:17:10.000Z', fired: '2026-11-02T14:20:10.000Z' }]);
  expect(told.score).toMatchObject({ windows: 1, hit: 1, falseEpisodes: 0, precision: 1, recall: 1, leadMs: [1_490_000] });
  expect(told.limits.values).toMatchObject({ 'throughput.low': 80, 'throughput.window': '5m' });
  const [flow, ...more] = told.forecast.flows;
  expect(more).toEqual([]);
  expect(flow).toMatchObject({ flow: 'packaging-bottleneck', key: 'PO-4711', end: 'compensated' });
  const effects = flow.steps.filter(({ kind }: { kind: string }) => kind === 'effect');
  expect(effects.slice(0, 3).map(({ name, system, answer }: Record<string, string>) => [name, system, answer])).toEqual([
    ['production-order.revise', 'erp', 'stand-in'],
    ['expected-receipt.revise', 'wms', 'stand-in'],
    ['shipment-window.move', 'tms', 'stand-in'],
  ]);
  expect(told.forecast.withoutLog).toMatch(/there is none in \.lineshaft/);
  expect(readFileSync(plot, 'utf8')).toContain('known: 2026-11-02T14:15:00.000Z');
}, 30_000);

test('with another limit it would not have fired, and nothing would have been asked for', async () => {
  const { code, stdout } = await backtest('packaging.throughput-drop', '--csv', csv, '--limit', 'throughput.low=50');
  expect(code).toBe(0);
  expect(stdout).toContain('It would not have fired.');
  expect(stdout).not.toContain('Flows that would have started');
}, 30_000);

test.each([
  [['packaging.nothing'], /no rule "packaging\.nothing"\. The landscape has: packaging\.sealer-throughput-drop, packaging\.throughput-drop/],
  [['packaging.throughput-drop', '--limit', 'throughput.lwo=50'], /no limit "throughput\.lwo"\. Did you mean "throughput\.low"\?/],
  [['packaging.throughput-drop', '--limit', 'throughput.low=low'], /"throughput\.low" cannot be "low"|cannot be null|cannot be "NaN"/],
  [['packaging.throughput-drop'], /No edge has recorded telemetry in \.lineshaft\. Name its data directory with --data, or a file with --csv/],
])(
  '%j is refused with what to do',
  async (args, message) => {
    const { code, stderr } = await backtest(...args);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(message);
  },
  30_000,
);
