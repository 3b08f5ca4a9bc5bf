import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { repository } from '../../scripts/package-binary.ts';
import { encodeBlock } from '../../src/engine/telemetry/telemetry-block.ts';
import { rowsOf } from '../../src/engine/telemetry/telemetry-rows.ts';
import { openTelemetryShelf } from '../../src/run/telemetry-shelf.ts';
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
}, 240_000);

test('with another limit it would not have fired, and nothing would have been asked for', async () => {
  const { code, stdout } = await backtest('packaging.throughput-drop', '--csv', csv, '--limit', 'throughput.low=50');
  expect(code).toBe(0);
  expect(stdout).toContain('It would not have fired.');
  expect(stdout).not.toContain('Flows that would have started');
}, 240_000);

test('of a recording that is damaged it tells what is missing, and ends with 1', async () => {
  const data = join(folder, 'data');
  const dir = join(data, 'bremen-1', 'telemetry');
  const shelf = await openTelemetryShelf(dir, 10_000_000);
  const rows = Array.from({ length: 600 }, (_, second) => ({
    signal: 'packer-3.rate',
    value: second % 2 === 0 ? 118 : 119,
    atMs: startMs + second * 1_000,
    receivedMs: startMs + second * 1_000,
    quality: 'good' as const,
    historical: false,
  }));
  const blocks = [0, 200, 400].map((from) => encodeBlock({ rows: rowsOf(rows.slice(from, from + 200)), marks: [], tickedMs: 0 }));
  for (const block of blocks) await shelf.append(block);
  await shelf.close();
  const file = join(dir, '000000001.tel');
  const bytes = readFileSync(file);
  const before = blocks[0]?.length ?? 0;
  writeFileSync(file, bytes.fill(0x55, before + 40, before + 52));
  const told = await backtest('packaging.throughput-drop', '--data', data);
  expect(told.code).toBe(1);
  expect(told.stdout).toContain('400 samples judged');
  expect(told.stdout).toContain(`1 block, ${blocks[1]?.length} bytes of 000000001.tel cannot be read: nothing is known of 2026-11-02T14:03:19.000Z … 2026-11-02T14:06:40.000Z`);
  expect(told.stdout).toContain('What could not be read is left out');
  const { code, stdout } = await backtest('packaging.throughput-drop', '--data', data, '--json');
  expect([code, JSON.parse(stdout).lost]).toMatchObject([1, { blocks: 1, bytes: blocks[1]?.length, parts: [{ file: '000000001.tel', from: '2026-11-02T14:03:19.000Z' }] }]);
  const elsewhere = await backtest('packaging.throughput-drop', '--data', data, '--edge', 'hamburg-2');
  expect(elsewhere.code).toBe(2);
  expect(elsewhere.stderr).toMatch(/No recording of the edge "hamburg-2" lies in .*; there is bremen-1\. .*copy DATA\/hamburg-2\/telemetry of its machine/);
}, 60_000);

test('what an edge elsewhere recorded is written to a file there and gives the same here', async () => {
  const data = join(folder, 'elsewhere');
  const shelf = await openTelemetryShelf(join(data, 'kiel-1', 'telemetry'), 16 * 4_000);
  const rowAt = (second: number) => ({ atMs: startMs + second * 1_000, receivedMs: startMs + second * 1_000, quality: 'good' as const, historical: false });
  const rows = Array.from({ length: 6_000 }, (_, second) => ({ ...rowAt(second), signal: 'packer-3.state', value: second % 1_000 < 600 ? '6' : '11' }));
  for (let from = 0; from < rows.length; from += 800) await shelf.append(encodeBlock({ rows: rowsOf(rows.slice(from, from + 800)), marks: [], tickedMs: 0 }));
  await shelf.close();
  const file = join(folder, 'kiel-1.tel');
  const args = ['edge', 'recording', '--data', data, '--name', 'kiel-1', '--to', '2026-11-02T15:20:00Z'];
  const written = spawnSync(process.execPath, [join(repository, 'bin', 'lineshaft.mjs'), ...args], {
    cwd: folder,
    stdio: ['ignore', openSync(file, 'w'), 'pipe'],
    encoding: 'utf8',
  });
  expect([written.status, written.stderr]).toEqual([0, expect.stringMatching(/bytes written: [0-9,]+ values in [0-9]+ blocks, and a closing mark\.$/m)]);
  const follow = async (...given: readonly string[]) => {
    await using command = runningCommand(
      ['machines', 'backtest', 'packer.states', ...given, '--to', '2026-11-02T15:20:00Z', '--landscape', join(repository, 'examples', 'opc-ua-packer')],
      {
        cwd: folder,
      },
    );
    return await command.ended;
  };
  const [there, here] = await Promise.all([follow('--data', data, '--json'), follow('--recording', file, '--json')]);
  expect(JSON.parse(here.stdout).changes).toHaveLength(9);
  expect(JSON.parse(here.stdout).changes).toEqual(JSON.parse(there.stdout).changes);
  expect([here.code, here.stderr]).toEqual([0, '']);
  const whole = readFileSync(file);
  const markAt = whole.indexOf('LTBE');
  writeFileSync(file, whole.subarray(0, markAt));
  const cut = await follow('--recording', file);
  expect([cut.code, cut.stderr]).toEqual([0, expect.stringMatching(/^kiel-1\.tel has no closing mark: .* more after 2026-11-02T.*write it again/)]);
  const refused = (...given: readonly string[]) =>
    spawnSync(process.execPath, [join(repository, 'bin', 'lineshaft.mjs'), ...args.slice(0, -2), ...given], { cwd: folder, encoding: 'utf8' });
  const future = refused('--from', '2031-01-01T00:00:00Z');
  expect([future.status, future.stdout, future.stderr]).toEqual([
    2,
    '',
    expect.stringMatching(/nothing is recorded from 2031-01-01T00:00:00\.000Z on\. It goes from 2026-11-02T14:/),
  ]);
  const none = refused('--megabytes', '0');
  expect([none.status, none.stderr]).toEqual([2, expect.stringContaining('--megabytes is "0"; give a whole number from 1 to 100000.')]);
  writeFileSync(file, 'no recording');
  const wrong = await backtest('packaging.throughput-drop', '--recording', file);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('holds no recorded telemetry')]);
}, 60_000);

test('a file whose newest row is first is played in the order of time, and says so', async () => {
  const reversed = join(folder, 'reversed.csv');
  const [head = '', ...rows] = readFileSync(csv, 'utf8').split('\n');
  writeFileSync(reversed, [head, ...rows.toReversed()].join('\n'));
  const { code, stdout, stderr } = await backtest('packaging.throughput-drop', '--csv', reversed, '--no-flows');
  expect([code, stderr]).toEqual([0, 'The rows of reversed.csv are not in the order of time; they are played in it.\n']);
  expect(stdout).toContain('It would have fired once.');
}, 30_000);

test('a machine is followed through a file: its changes, how long it was in which state, and with another dwell', async () => {
  const states = join(folder, 'states.csv');
  writeFileSync(states, ['time,value', '2026-11-02T06:00:00Z,6', '2026-11-02T06:00:30Z,11', '2026-11-02T06:05:30Z,6', '2026-11-02T06:10:30Z,6'].join('\n'));
  const follow = async (...args: readonly string[]) => {
    await using command = runningCommand(['machines', 'backtest', ...args, '--landscape', join(repository, 'examples', 'opc-ua-packer')], { cwd: folder });
    return await command.ended;
  };
  const { code, stdout } = await follow('packer.states', '--csv', states, '--json');
  expect(code).toBe(0);
  const { changes, times } = JSON.parse(stdout);
  expect(changes).toMatchObject([
    { from: 'Execute', to: 'Held', since: '2026-11-02T06:00:30.000Z', lasted: 30_000 },
    { from: 'Held', to: 'Execute', since: '2026-11-02T06:05:30.000Z', lasted: 300_000 },
  ]);
  expect(times).toEqual([
    { state: 'Execute', count: 2, ms: 330_000 },
    { state: 'Held', count: 1, ms: 300_000 },
  ]);
  const longer = await follow('packer.states', '--csv', states, '--limit', 'state.dwell=10m');
  expect(longer.stdout).toMatch(/No change of its state would have been told\.\n {2}Execute since 2026-11-02T06:05:30\.000Z has not lasted for the dwell yet/);
  const known = join(folder, 'shift.csv');
  writeFileSync(known, 'from,to,state\n2026-11-02T06:00:00Z,2026-11-02T06:01:00Z,Execute\n2026-11-02T06:01:00Z,2026-11-02T06:05:30Z,Held\n');
  const plot = join(folder, 'packer.svg');
  const judged = await follow('packer.states', '--csv', states, '--labels', known, '--plot', plot);
  expect(judged.stdout).toContain('By hand: 91 % of 5.5m agree; 0 of 1 changes missed, 0 invented (within 1m).');
  expect(judged.stdout).toContain('  Held  100 % of 4.5m recognised, 90 % of 5m right');
  expect(readFileSync(plot, 'utf8')).toMatch(/Held: 2026-11-02T06:00:30\.000Z … 2026-11-02T06:05:30\.000Z[^]*known: Held 2026-11-02T06:01:00\.000Z/);
  const strict = await follow('packer.states', '--csv', states, '--labels', known, '--within', '10s', '--json', '--plot', plot);
  expect(readFileSync(plot, 'utf8')).toMatch(/invented: Execute → Held/);
  expect(JSON.parse(strict.stdout).score).toMatchObject({
    missed: [{ at: '2026-11-02T06:01:00.000Z' }],
    invented: [{ at: '2026-11-02T06:00:30.000Z' }],
  });
  const nobody = await follow('packer');
  expect([nobody.code, nobody.stderr]).toEqual([2, expect.stringContaining('There is no machine "packer". The landscape has: packer.states.')]);
}, 60_000);

test('states of a file that the machine does not know are named with their lines', async () => {
  const states = fileOf('strange.csv', ['time,value', '2026-11-02T06:00:00Z,6', '2026-11-02T06:00:30Z,x7', '2026-11-02T06:05:30Z,99', '2026-11-02T06:10:30Z,x7'].join('\n'));
  await using command = runningCommand(['machines', 'backtest', 'packer.states', '--csv', states, '--landscape', join(repository, 'examples', 'opc-ua-packer')], { cwd: folder });
  const { stderr, stdout } = await command.ended;
  expect(stderr).toBe('strange.csv has values that are no state of "codes" and are left out, first: "x7" (line 3), "99" (line 4). Correct them, or give them a state.\n');
  expect(stdout).toContain('3 of no known state');
}, 30_000);

function fileOf(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const drop = 'packaging.throughput-drop';
test.each([
  [['packaging.nothing'], /no rule "packaging\.nothing"\. The landscape has: packaging\.sealer-throughput-drop, packaging\.throughput-drop/],
  [[drop, '--limit', 'throughput.lwo=50'], /no limit "throughput\.lwo"\. Did you mean "throughput\.low"\?/],
  [[drop, '--limit', 'throughput.low=low'], /"throughput\.low" cannot be "low"/],
  [[drop, '--csv', csv, '--limit', 'throughput.low=95'], /fires below 95 and clears at 90: it would fire and clear at once\. Clear at or above 95\./],
  [[drop, '--limit', 'throughput.low'], /The limit "throughput\.low" is given no value\. Write throughput\.low=VALUE\./],
  [[drop, '--csv', fileOf('empty.csv', '\n')], /The CSV file is empty\. Its first line names its columns: "time,packer-3\.rate"/],
  [[drop, '--csv', fileOf('values.csv', 'value\n1\n2\n')], /The CSV file has only the column "value", and no times\. .*"time,value"/],
  [[drop, '--csv', csv, '--from', 'yesterday'], /--from: "yesterday" is no time/],
  [[drop, '--csv', csv, '--from', '2026-11-03', '--to', '2026-11-02'], /--to 2026-11-02 is before --from 2026-11-03/],
  [[drop, '--csv', csv, '--plot', 'x.png'], /the plot is written as SVG\. Name a file that ends in \.svg/],
  [[drop, '--csv', csv, '--plot', join(folder, 'nope', 'x.svg')], /there is no folder .*nope/],
  [[drop], /No edge has recorded telemetry in \.lineshaft\. Name its data directory with --data, or a file with --recording or --csv/],
])(
  '%j is refused with what to do',
  async (args, message) => {
    const { code, stderr } = await backtest(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  },
  30_000,
);
