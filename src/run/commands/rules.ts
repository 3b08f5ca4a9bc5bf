import { basename } from 'node:path';
import { Argument, Option, type Command } from 'commander';
import type { Backtest } from '../../engine/backtest/backtest.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { Rule } from '../../model/rule.ts';
import { drawnLimit, type PlotParts } from '../../engine/backtest/backtest-plot.ts';
import { backtestText, forecastText } from './backtest-text.ts';
import { exitCodes } from './failure.ts';
import { landscapeFolder } from './landscape-options.ts';
import { plotFileOf, writePlot } from './plot-file.ts';
import { blocksFor, instantText, limitsTried, logFor, spanGiven, textOf, withRecording, type TriedOptions } from './tried-recording.ts';

interface BacktestOptions extends TriedOptions {
  readonly labels: string | undefined;
  readonly plot: string | undefined;
}

const help = `
Examples:
  lineshaft rules backtest packaging.throughput-drop --limit throughput.low=70
  lineshaft rules backtest packaging.throughput-drop --from 2026-11-02T06:00:00Z --to 2026-11-02T14:00:00Z --plot drop.svg
  lineshaft rules backtest packaging.throughput-drop --csv packer.csv --labels stops.csv --json

Without --csv it plays what the edge in --data recorded. Where the rule is judged as it was then, it gives the events of then, with their ids.

It ends with 1 where something of the recording could not be read, or nothing of the rule's signal is there: the answer is not whole then.

Flows that would have started are played on it: queries get the answer of then where the log of the hub in --data has one (a hub that does not run), all else
what the landscape declares with defineStandIn(). Nothing is sent and nothing is written but the plot.`;

export function rulesCommand(program: Command): void {
  const rules = program.command('rules').description('try rules on recorded or imported telemetry');
  withRecording(rules.command('backtest').description('run a rule over telemetry and print what would have fired'), 'episodes that fire')
    .addArgument(new Argument('<rule>', 'name of the rule'))
    .addOption(new Option('--labels <file>', 'what is known: lines "from,to", or JSON [["from","to"]]'))
    .addOption(new Option('--plot <file>', 'draw signal, episodes and labels into this SVG file'))
    .addHelpText('after', help)
    .action(backtestRule);
}

async function backtestRule(name: string, options: BacktestOptions): Promise<void> {
  const plotFile = plotFileOf(options);
  const [{ loadLandscape }, { backtest }] = await Promise.all([import('../../engine/releases/load.ts'), import('../../engine/backtest/backtest.ts')]);
  const landscape = await loadLandscape(landscapeFolder(options.landscape));
  const rule = ruleNamed(landscape, name);
  const limits = await limitsTried(landscape, options);
  const [{ readLabels }, { backtestPlot }] = await Promise.all([import('../../engine/backtest/labels.ts'), import('../../engine/backtest/backtest-plot.ts')]);
  const { fromMs, toMs } = spanGiven(options);
  const windows = options.labels === undefined ? undefined : readLabels(await textOf(options.labels), basename(options.csv ?? ''));
  const found = await backtest({
    rule,
    limits,
    blocks: await blocksFor(rule, options),
    fromMs,
    toMs,
    windows,
    isPlotted: plotFile !== undefined,
    steady: () => performance.now(),
  });
  if (plotFile !== undefined) await writePlot(plotFile, plotOf(rule, found, windows ?? [], backtestPlot));
  const [{ backtestForecast }, { ruleEvents }] = await Promise.all([import('../backtest-forecast.ts'), import('../../engine/backtest/forecast.ts')]);
  const then =
    options.flows && found.turns.length > 0 ? await backtestForecast({ landscape, limits, of: rule, given: ruleEvents(rule, found.turns), ...logFor(options) }) : undefined;
  process.stdout.write(
    options.json ? `${JSON.stringify({ ...jsonOf(found), ...(then && { forecast: then }) }, undefined, 2)}\n` : backtestText(found, rule) + (then ? forecastText(then) : ''),
  );
  if (found.lost || !found.data) process.exitCode = exitCodes['findings or a failed verdict'];
}

function plotOf(rule: Rule, { course, target, episodes, settings }: Backtest, windows: PlotParts['windows'], backtestPlot: (parts: PlotParts) => string): string | undefined {
  return course && backtestPlot({ title: `${rule.name}: ${rule.title}`, unit: rule.on.unit, course, episodes, windows, limit: drawnLimit(settings, target) });
}

function ruleNamed(landscape: Landscape, name: string): Rule {
  const rules = landscape.of('rule');
  const rule = rules.get(name);
  if (rule) return rule;
  throw new Fault('COMMAND_INVALID', `There is no rule "${name}". The landscape has: ${[...rules.keys()].sort().join(', ') || 'none'}.`, { rule: name });
}

function jsonOf({ rule, limits, episodes, turns, score, data, samples, lost, refused, judgingMs, readingMs }: Backtest) {
  return {
    rule,
    limits,
    data: data && { from: instantText(data.fromMs), to: instantText(data.toMs) },
    samples,
    lost: lost && { ...lost, parts: lost.parts.map(({ fromMs, toMs, isCut: _cut, ...part }) => ({ ...part, from: instantText(fromMs), to: instantText(toMs) })) },
    refused,
    episodes: episodes.map(({ id, startMs, firedMs, endMs }) => ({ id, start: instantText(startMs), fired: instantText(firedMs), end: instantText(endMs) })),
    turns,
    score,
    speed: { judgingMs, readingMs, samplesPerSecond: judgingMs > 0 ? Math.round(samples.own / (judgingMs / 1_000)) : undefined },
  };
}
