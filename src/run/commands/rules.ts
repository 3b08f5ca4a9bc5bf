import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Argument, Option, type Command } from 'commander';
import type { Backtest, BacktestParts } from '../../engine/backtest/backtest.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { LimitValues } from '../../model/limit.ts';
import type { Rule } from '../../model/rule.ts';
import { drawnLimit, type PlotParts } from '../../engine/backtest/backtest-plot.ts';
import { backtestText, forecastText } from './backtest-text.ts';
import { exitCodes } from './failure.ts';
import { landscapeFolder, withLandscape, type LandscapeOptions } from './landscape-options.ts';

interface BacktestOptions extends LandscapeOptions {
  readonly edge: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly limit: readonly string[];
  readonly csv: string | undefined;
  readonly labels: string | undefined;
  readonly plot: string | undefined;
  readonly flows: boolean;
  readonly json: boolean;
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
  withLandscape(rules.command('backtest').description('run a rule over telemetry and print what would have fired'))
    .addArgument(new Argument('<rule>', 'name of the rule'))
    .addOption(new Option('--edge <name>', 'whose recording, where --data has several'))
    .addOption(new Option('--from <time>', 'episodes that fire then or later (RFC 3339)'))
    .addOption(new Option('--to <time>', 'episodes that fire then or earlier (RFC 3339)'))
    .addOption(
      new Option('--limit <name=value>', 'another value of a limit; may be given more than once')
        .argParser((value: string, before: readonly string[]) => [...before, value])
        .default([]),
    )
    .addOption(new Option('--csv <file>', 'this file instead of a recording: a column of times, and one per signal or one called "value"'))
    .addOption(new Option('--labels <file>', 'what is known: lines "from,to", or JSON [["from","to"]]'))
    .addOption(new Option('--plot <file>', 'draw signal, episodes and labels into this SVG file'))
    .addOption(new Option('--no-flows', 'do not play the flows that would have started'))
    .addOption(new Option('--json', 'print JSON').default(false))
    .addHelpText('after', help)
    .action(backtestRule);
}

async function backtestRule(name: string, options: BacktestOptions): Promise<void> {
  const plotFile = plotFileOf(options);
  const [{ loadLandscape }, { limitsOf }, { limitGiven }, { noReferences, readEnvironment }, { backtest }] = await Promise.all([
    import('../../engine/releases/load.ts'),
    import('../../engine/releases/limit-check.ts'),
    import('../../engine/releases/limit-file.ts'),
    import('../environment.ts'),
    import('../../engine/backtest/backtest.ts'),
  ]);
  const landscape = await loadLandscape(landscapeFolder(options.landscape));
  const rule = ruleNamed(landscape, name);
  // Of an environment, its limits count; what they are beside needs no secrets.
  const environment = await readEnvironment(options.env, noReferences);
  const deployed = limitsOf(landscape, environment.limits);
  const limits: LimitValues = { ...deployed, ...Object.fromEntries(options.limit.map((text) => limitGiven(text, landscape.of('limit')))) };
  const [{ momentOf }, { readLabels }, { backtestPlot }] = await Promise.all([
    import('../../engine/backtest/telemetry-csv.ts'),
    import('../../engine/backtest/labels.ts'),
    import('../../engine/backtest/backtest-plot.ts'),
  ]);
  const { fromMs, toMs } = spanGiven(options, momentOf);
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
  if (plotFile !== undefined) await writePlot(plotFile, rule, found, windows ?? [], backtestPlot);
  const { backtestForecast } = await import('../backtest-forecast.ts');
  const then =
    options.flows && found.turns.length > 0
      ? await backtestForecast({ landscape, limits, rule, found, data: options.data, edge: options.csv === undefined ? edgeIn(options) : undefined })
      : undefined;
  process.stdout.write(
    options.json ? `${JSON.stringify({ ...jsonOf(found), ...(then && { forecast: then }) }, undefined, 2)}\n` : backtestText(found, rule) + (then ? forecastText(then) : ''),
  );
  if (found.lost || !found.data) process.exitCode = exitCodes['findings or a failed verdict'];
}

/** What must be right before anything is played. Raises COMMAND_INVALID. */
function plotFileOf({ plot }: BacktestOptions): string | undefined {
  if (plot === undefined) return undefined;
  if (!/\.svg$/i.test(plot)) throw new Fault('COMMAND_INVALID', `--plot ${plot}: the plot is written as SVG. Name a file that ends in .svg.`, { plot });
  if (!existsSync(dirname(plot))) throw new Fault('COMMAND_INVALID', `--plot ${plot}: there is no folder ${dirname(plot)}. Make it first, or name a file elsewhere.`, { plot });
  return plot;
}

/** Raises COMMAND_INVALID and INPUT_INVALID. */
function spanGiven({ from, to }: BacktestOptions, momentOf: (field: string, where?: string) => number): Pick<BacktestParts, 'fromMs' | 'toMs'> {
  const [fromMs, toMs] = [from === undefined ? undefined : momentOf(from, '--from'), to === undefined ? undefined : momentOf(to, '--to')];
  if (fromMs === undefined || toMs === undefined || fromMs <= toMs) return { fromMs, toMs };
  throw new Fault('COMMAND_INVALID', `--to ${to} is before --from ${from}. Exchange them.`, { from, to });
}

async function writePlot(file: string, rule: Rule, found: Backtest, windows: PlotParts['windows'], backtestPlot: (parts: PlotParts) => string): Promise<void> {
  const { course, target, episodes, settings } = found;
  if (!course) {
    process.stderr.write(`${file} was not written: there is nothing to draw.\n`);
    return;
  }
  const plot: PlotParts = { title: `${rule.name}: ${rule.title}`, unit: rule.on.unit, course, episodes, windows, limit: drawnLimit(settings, target) };
  await writeFile(file, backtestPlot(plot)).catch((error: unknown) => {
    throw new Fault('COMMAND_INVALID', `--plot ${file}: it cannot be written there: ${messageOf(error)}`, { file }, error);
  });
}

/** Columns that are named at most where one is missing. */
const strangeMax = 10;

function ruleNamed(landscape: Landscape, name: string): Rule {
  const rules = landscape.of('rule');
  const rule = rules.get(name);
  if (rule) return rule;
  throw new Fault('COMMAND_INVALID', `There is no rule "${name}". The landscape has: ${[...rules.keys()].sort().join(', ') || 'none'}.`, { rule: name });
}

async function blocksFor(rule: Rule, { csv, data, edge }: BacktestOptions): Promise<BacktestParts['blocks']> {
  if (csv !== undefined) {
    const [{ csvTelemetry }, text] = await Promise.all([import('../../engine/backtest/telemetry-csv.ts'), textOf(csv)]);
    const { absent, strange, isSorted, blocks } = csvTelemetry(text, rule);
    if (isSorted) process.stderr.write(`The rows of ${basename(csv)} are not in the order of time; they are played in it.\n`);
    if (absent.length > 0) {
      const others = strange.length === 0 ? '' : ` It has ${strange.slice(0, strangeMax).join(', ')} beside what the rule knows.`;
      process.stderr.write(`${basename(csv)} has no column ${absent.join(', ')}: a condition on that cannot hold.${others}\n`);
    }
    return blocks;
  }
  const { recordedBlocks } = await import('../telemetry-shelf.ts');
  const dir = join(data, edgeIn({ data, edge }), 'telemetry');
  return (onLoss) => recordedBlocks(dir, onLoss);
}

/** The edge whose recording is played. Raises COMMAND_INVALID. */
function edgeIn({ data, edge }: Pick<BacktestOptions, 'data' | 'edge'>): string {
  const names = existsSync(data) ? readdirSync(data).filter((name) => existsSync(join(data, name, 'telemetry'))) : [];
  const chosen = edge ?? (names.length === 1 ? names[0] : undefined);
  if (chosen !== undefined && names.includes(chosen)) return chosen;
  if (edge !== undefined) {
    const others = names.length === 0 ? 'it holds no recording' : `there is ${names.join(', ')}`;
    const where = `An edge records below its own --data: copy DATA/${edge}/telemetry of its machine to ${join(data, edge, 'telemetry')} (docs/guide/backtest.md), or play it there.`;
    throw new Fault('COMMAND_INVALID', `No recording of the edge "${edge}" lies in ${data}; ${others}. ${where}`, { data, edge });
  }
  const which = names.length === 0 ? `No edge has recorded telemetry in ${data}.` : `Several edges have recorded telemetry in ${data}: ${names.join(', ')}.`;
  throw new Fault('COMMAND_INVALID', `${which} ${names.length === 0 ? 'Name its data directory with --data, or a file with --csv.' : 'Name one with --edge.'}`, { data });
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new Fault('COMMAND_INVALID', `Cannot read ${file}: ${messageOf(error)}`, { file }, error);
  });
}

function jsonOf({ rule, limits, episodes, turns, score, data, samples, lost, refused, judgingMs, readingMs }: Backtest) {
  const instant = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString());
  return {
    rule,
    limits,
    data: data && { from: instant(data.fromMs), to: instant(data.toMs) },
    samples,
    lost: lost && { ...lost, parts: lost.parts.map(({ fromMs, toMs, isCut: _cut, ...part }) => ({ ...part, from: instant(fromMs), to: instant(toMs) })) },
    refused,
    episodes: episodes.map(({ id, startMs, firedMs, endMs }) => ({ id, start: instant(startMs), fired: instant(firedMs), end: instant(endMs) })),
    turns,
    score,
    speed: { judgingMs, readingMs, samplesPerSecond: judgingMs > 0 ? Math.round(samples.own / (judgingMs / 1_000)) : undefined },
  };
}
