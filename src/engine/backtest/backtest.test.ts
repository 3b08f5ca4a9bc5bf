import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { order, plantTeam, target, throughput, varianceDetected } from '../../../test/edge-landscape.ts';
import { above, any, below, type Condition } from '../../model/condition.ts';
import { defineRule, type Rule } from '../../model/rule.ts';
import { average, last } from '../../model/window.ts';
import { backtest } from './backtest.ts';
import { backtestPlot, course, drawnLimit } from './backtest-plot.ts';
import { readLabels, scoreOf, type FoundEpisode } from './labels.ts';
import { csvTelemetry } from './telemetry-csv.ts';

function rule(when: Condition<'order' | 'target'>, clearFor: Rule['clear']['for'] = '0s', context: Rule['with'] = {}): Rule {
  return {
    ...defineRule({
      name: 'test.rule',
      title: 'Too <much>',
      owner: plantTeam,
      on: throughput,
      with: { order, target },
      when,
      sustained: '0s',
      clear: { for: clearFor },
      emit: varianceDetected,
      event: ({ asset, id, limit, window }) => ({ order: '', asset, episode: id, rate: window.value, limit }),
    }),
    with: context,
  };
}

async function run(of: Rule, text: string, labels?: string) {
  const windows = labels === undefined ? undefined : readLabels(labels, '');
  return backtest({ rule: of, limits: {}, blocks: () => csvTelemetry(text, of).blocks(), windows, isPlotted: true, steady: () => 0 });
}

const day = '2026-11-02';
const csv = ['time,value', ...Array.from({ length: 60 }, (_, minute) => `${day} 06:${String(minute).padStart(2, '0')}:00,${minute >= 20 && minute < 30 ? 120 : 90}`)].join('\n');

describe('a file of telemetry', () => {
  test('is judged row by row, in UTC where it names no zone', async () => {
    const { episodes, data, samples } = await run(rule(above(last, { limit: 100 })), csv);
    expect(episodes).toMatchObject([{ startMs: Date.parse(`${day}T06:20:00Z`), firedMs: Date.parse(`${day}T06:20:00Z`), endMs: Date.parse(`${day}T06:30:00Z`) }]);
    expect(samples.own).toBe(60);
    expect(data).toEqual({ fromMs: Date.parse(`${day}T06:00:00Z`), toMs: Date.parse(`${day}T06:59:00Z`) });
  });

  test('names signals by their own names or by those of the rule, and the context of a row holds for its value', async () => {
    const of = rule(below(last, { limit: 80, percentOf: 'target' }), '0s', { order, target });
    const text = `time,${throughput.name},"target",${order.name}\n1790000000000,90,100,PO-1\n1790000060000,90,120,PO-1\r\n1790000120000,90,,PO-1\n`;
    expect((await run(of, text)).turns.map(({ kind, episode }) => [kind, episode.limit, episode.context])).toEqual([['fired', 96, { order: 'PO-1', target: 120 }]]);
  });

  test('newest first gives what oldest first does, and rows of one time stay in their order', async () => {
    const of = rule(above(last, { limit: 100 }));
    const [head = '', ...rows] = csv.split('\n');
    const reversed = [head, ...rows.toReversed()].join('\n');
    expect([csvTelemetry(csv, of).isSorted, csvTelemetry(reversed, of).isSorted]).toEqual([false, true]);
    const [turned, straight] = [await run(of, reversed), await run(of, csv)];
    expect([turned.turns, turned.data, turned.samples]).toEqual([straight.turns, straight.data, straight.samples]);
    expect(turned.episodes).toHaveLength(1);
    const odd = `time,value\n1790000060000,101\n1790000000000,1\n1790000000000,fast\n`;
    await expect(run(of, odd)).rejects.toThrow('Line 4 of the CSV file: "fast" is no number');
  });

  test('a target that was told once, before what is judged, draws the limit over all of it', async () => {
    const of = rule(below(last, { limit: 50, percentOf: 'target' }), '0s', { target });
    const text = ['time,value,target', ...Array.from({ length: 60 }, (_, minute) => `${day} 06:${String(minute).padStart(2, '0')}:00,90,${minute === 0 ? 120 : ''}`)].join('\n');
    const blocks = () => csvTelemetry(text, of).blocks();
    const found = await backtest({ rule: of, limits: {}, blocks, fromMs: Date.parse(`${day}T06:30:00Z`), isPlotted: true, steady: () => 0 });
    expect(found.target?.columns[0]).toEqual({ lowest: 120, highest: 120 });
    const svg = backtestPlot({ title: '', unit: '', course: found.course ?? course(0, 1), episodes: [], windows: [], limit: drawnLimit(found.settings, found.target) });
    expect(svg).toMatch(/d="M64 [\d.]+H1184" stroke="#b60"/);
  });

  test('a limit that lineshaft check would not pass is refused in its words', async () => {
    await expect(run(rule(below(last, { limit: 80, clear: 70 })), csv)).rejects.toThrow('fires below 80 and clears at 70: it would fire and clear at once');
  });

  test.each([
    ['time;value\n1790000000000;1', /it has: time;value\. Separate columns by commas\./],
    ['time,value\n1790000000000', /Line 2 of the CSV file has 1 field, its first line 2\./],
    ['time,value\n1790000000000,1,5', /Line 2 of the CSV file has 3 fields, its first line 2\./],
    ['time,speed\n1790000000000,1', /no column "packer-3\.throughput" \(or "value"\); it has: time, speed/],
    ['time,value\n1790000000000,1\n1790000060000,fast', /Line 3 of the CSV file: "fast" is no number/],
    ...['yesterday', '02.11.2026 14:04:10', '11/02/2026 14:04:10', 'Mon Nov 2 2026', '2026-02-30T00:00:00Z', '2026-13-01 10:00', '2026', '1790000000'].map(
      (time) => [`time,value\n${time},1`, `Line 2: "${time}" is no time`] as const,
    ),
  ] as const)('%j is refused', async (text, message) => {
    await expect(run(rule(above(last, { limit: 1 })), text)).rejects.toThrow(message);
  });

  test('says which signals of the rule it does not have, and which columns are none', () => {
    const of = rule(below(last, { limit: 80, percentOf: 'target' }), '0s', { order, target });
    expect(csvTelemetry(`time,value,orderr,target\n`, of)).toMatchObject({ absent: ['order'], strange: ['orderr'] });
    expect(csvTelemetry(`time,${throughput.name},${order.name},target`, of)).toMatchObject({ absent: [], strange: [] });
  });

  test('a time from when to look that is after the one until when is refused', async () => {
    await expect(backtest({ rule: rule(above(last, { limit: 1 })), limits: {}, blocks: () => [], fromMs: 2, toMs: 1, steady: () => 0 })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining('is before'),
    });
  });
});

describe('labels', () => {
  const known = [{ fromMs: 0, toMs: 3_600_000 }];
  test.each(['1970-01-01T00:00:00Z,1970-01-01T01:00:00Z\n', 'from,to\n1970-01-01 00:00,1970-01-01 01:00', '[["1970-01-01T00:00:00Z","1970-01-01 01:00:00.000000"]]'])(
    'are read from %j',
    (text) => {
      expect(readLabels(text, '')).toEqual(known);
    },
  );

  test('of many files, those of this one count', () => {
    const text = '{"a/other.csv":[],"a/this.csv":[["1970-01-01T00:00:00Z","1970-01-01T01:00:00Z"]]}';
    expect(readLabels(text, 'this.csv')).toEqual(known);
    expect(() => readLabels(text, 'third.csv')).toThrow('nothing of third.csv');
  });

  test('that end before they begin are refused', () => {
    expect(() => readLabels('1970-01-02,1970-01-01', '')).toThrow(/ends before it begins/);
  });

  test('are counted in episodes: a hit overlaps a window, a false one none', () => {
    const episode = (startMs: number, endMs?: number): FoundEpisode => ({ id: String(startMs), startMs, firedMs: startMs + 1, endMs });
    const windows = [
      { fromMs: 100, toMs: 200 },
      { fromMs: 300, toMs: 400 },
      { fromMs: 500, toMs: 600 },
    ];
    expect(scoreOf([episode(10, 20), episode(90, 110), episode(150, 160), episode(420, 430), episode(590)], windows)).toEqual({
      windows: 3,
      hit: 2,
      episodes: 5,
      falseEpisodes: 2,
      precision: 3 / 5,
      recall: 2 / 3,
      leadMs: [109, 9],
    });
    expect(scoreOf([], [])).toMatchObject({ precision: 1, recall: 1 });
  });
});

test('a plot shows the signal, the limit, what fired and what is known, and takes a title as it is', async () => {
  const of = rule(above(last, { limit: 100 }));
  const { course: drawn, episodes, settings } = await run(of, csv);
  const windows = [{ fromMs: Date.parse(`${day}T06:15:00Z`), toMs: Date.parse(`${day}T06:25:00Z`) }];
  const svg = backtestPlot({ title: of.title, unit: of.on.unit, course: drawn ?? course(0, 1), episodes, windows, limit: drawnLimit(settings, undefined) });
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  expect(svg).toContain('Too &lt;much&gt;');
  expect(svg).toContain(`known: ${day}T06:15:00.000Z … ${day}T06:25:00.000Z`);
  expect(svg).toContain(`fired ${day}T06:20:00.000Z`);
  expect(svg.match(/M\d+ /g)?.length).toBeGreaterThan(60);
});

const folder = resolve(process.env['LINESHAFT_VECTORS'] ?? '../shared/vectors', 'telemetry/nab');
const file = 'ambient_temperature_system_failure.csv';

/** Three standard deviations of a day's average around its mean: both from the first 15 % of the file, nothing from the rest. */
function fitted(text: string): Rule {
  const values = text
    .trim()
    .split('\n')
    .slice(1)
    .map((row) => Number(row.split(',')[1]));
  const known = values.slice(0, Math.floor(values.length * 0.15));
  const days = known.slice(23).map((_, index) => known.slice(index, index + 24).reduce((sum, value) => sum + value, 0) / 24);
  const mean = days.reduce((sum, value) => sum + value, 0) / days.length;
  const spread = Math.sqrt(days.reduce((sum, value) => sum + (value - mean) ** 2, 0) / days.length);
  const beyond = (sign: 1 | -1) => ({ limit: mean + sign * 3 * spread, clear: mean + sign * 2 * spread });
  return rule(any(below(average('24h'), beyond(-1)), above(average('24h'), beyond(1))), '24h');
}

test.skipIf(!existsSync(join(folder, file)))(
  'on real telemetry of a failing machine it finds 2 of 2 windows with at most 5 false episodes (skipped where LINESHAFT_VECTORS has no telemetry)',
  async () => {
    const text = readFileSync(join(folder, file), 'utf8');
    const of = fitted(text);
    const windows = readLabels(readFileSync(join(folder, 'combined_windows.json'), 'utf8'), file);
    const { score } = await backtest({ rule: of, limits: {}, blocks: () => csvTelemetry(text, of).blocks(), windows, steady: () => 0 });
    expect(score).toMatchObject({ windows: 2, hit: 2, recall: 1 });
    expect(score?.falseEpisodes).toBeLessThanOrEqual(5);
    // Both are found days before the window ends.
    expect(Math.min(...(score?.leadMs ?? []))).toBeGreaterThan(24 * 3_600_000);
  },
);
