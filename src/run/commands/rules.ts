import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Argument, Option, type Command } from 'commander';
import type { Backtest, BacktestParts } from '../../engine/backtest/backtest.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { LimitValues } from '../../model/limit.ts';
import type { Rule } from '../../model/rule.ts';
import { backtestText, forecastText } from './backtest-text.ts';
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
  const [{ loadLandscape }, { limitsOf }, { limitGiven }, { readEnvironment }, { backtest }] = await Promise.all([
    import('../../engine/releases/load.ts'),
    import('../../engine/releases/limit-check.ts'),
    import('../../engine/releases/limit-file.ts'),
    import('../environment.ts'),
    import('../../engine/backtest/backtest.ts'),
  ]);
  const landscape = await loadLandscape(landscapeFolder(options.landscape));
  const rule = ruleNamed(landscape, name);
  // Of an environment, its limits count; what they are beside needs no secrets.
  const environment = await readEnvironment(options.env, { secret: () => 'not-needed', variable: () => 'not-needed' });
  const deployed = limitsOf(landscape, environment.limits);
  const limits: LimitValues = { ...deployed, ...Object.fromEntries(options.limit.map((text) => limitGiven(text, landscape.of('limit')))) };
  const [{ momentOf }, { readLabels }, { backtestPlot }] = await Promise.all([
    import('../../engine/backtest/telemetry-csv.ts'),
    import('../../engine/backtest/labels.ts'),
    import('../../engine/backtest/backtest-plot.ts'),
  ]);
  const windows = options.labels === undefined ? undefined : readLabels(await textOf(options.labels), basename(options.csv ?? ''));
  const found = await backtest({
    rule,
    limits,
    blocks: await blocksFor(rule, options),
    fromMs: options.from === undefined ? undefined : momentOf(options.from),
    toMs: options.to === undefined ? undefined : momentOf(options.to),
    windows,
    isPlotted: options.plot !== undefined,
    steady: () => performance.now(),
  });
  if (options.plot !== undefined && found.course) {
    const { limit, percentOf, of } = found.settings;
    const isDrawn = percentOf === undefined && (of === 'last' || of === 'average' || of === 'minimum' || of === 'maximum' || of === 'median' || of === 'ewma');
    const plot = {
      title: `${rule.name}: ${rule.title}`,
      unit: rule.on.unit,
      course: found.course,
      episodes: found.episodes,
      windows: windows ?? [],
      limit: isDrawn ? limit : undefined,
    };
    await writeFile(options.plot, backtestPlot(plot)).catch((error: unknown) => {
      throw new Fault('COMMAND_INVALID', `The plot cannot be written to ${options.plot}: ${messageOf(error)}`, { file: options.plot }, error);
    });
  }
  const { backtestForecast } = await import('../backtest-forecast.ts');
  const then =
    options.flows && found.turns.length > 0
      ? await backtestForecast({ landscape, limits, rule, found, data: options.data, edge: options.csv === undefined ? edgeIn(options) : undefined })
      : undefined;
  process.stdout.write(
    options.json ? `${JSON.stringify({ ...jsonOf(found), ...(then && { forecast: then }) }, undefined, 2)}\n` : backtestText(found, rule) + (then ? forecastText(then) : ''),
  );
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
    const [{ csvBlocks, misfitsIn }, text] = await Promise.all([import('../../engine/backtest/telemetry-csv.ts'), textOf(csv)]);
    const { absent, strange } = misfitsIn(text, rule);
    if (absent.length > 0) {
      const others = strange.length === 0 ? '' : ` It has ${strange.slice(0, strangeMax).join(', ')} beside what the rule knows.`;
      process.stderr.write(`${basename(csv)} has no column ${absent.join(', ')}: a condition on that cannot hold.${others}\n`);
    }
    return () => csvBlocks(text, rule);
  }
  const { recordedBlocks } = await import('../telemetry-shelf.ts');
  const dir = join(data, edgeIn({ data, edge }), 'telemetry');
  return () => recordedBlocks(dir);
}

/** The edge whose recording is played. Raises COMMAND_INVALID. */
function edgeIn({ data, edge }: Pick<BacktestOptions, 'data' | 'edge'>): string {
  const names = existsSync(data) ? readdirSync(data).filter((name) => existsSync(join(data, name, 'telemetry'))) : [];
  const chosen = edge ?? (names.length === 1 ? names[0] : undefined);
  if (chosen !== undefined && names.includes(chosen)) return chosen;
  if (edge !== undefined && names.length > 0)
    throw new Fault('COMMAND_INVALID', `No edge "${edge}" has recorded telemetry in ${data}; there is ${names.join(', ')}.`, { data, edge });
  const which = names.length === 0 ? `No edge has recorded telemetry in ${data}.` : `Several edges have recorded telemetry in ${data}: ${names.join(', ')}.`;
  throw new Fault('COMMAND_INVALID', `${which} ${names.length === 0 ? 'Name its data directory with --data, or a file with --csv.' : 'Name one with --edge.'}`, { data });
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new Fault('COMMAND_INVALID', `Cannot read ${file}: ${messageOf(error)}`, { file }, error);
  });
}

function jsonOf({ rule, limits, episodes, turns, score, data, samples, refused, judgingMs, readingMs }: Backtest) {
  const instant = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString());
  return {
    rule,
    limits,
    data: data && { from: instant(data.fromMs), to: instant(data.toMs) },
    samples,
    refused,
    episodes: episodes.map(({ id, startMs, firedMs, endMs }) => ({ id, start: instant(startMs), fired: instant(firedMs), end: instant(endMs) })),
    turns,
    score,
    speed: { judgingMs, readingMs, samplesPerSecond: judgingMs > 0 ? Math.round(samples.own / (judgingMs / 1_000)) : undefined },
  };
}
