import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { durationText } from '../../kernel/duration.ts';
import { Fault } from '../../kernel/errors.ts';
import { numberText } from '../../kernel/number-text.ts';
import type { Signal } from '../../model/asset.ts';
import type { KeptGap } from '../../store/edge-store.ts';
import { landscapeFolder, type LandscapeOptions } from './landscape-options.ts';
import { wholeNumber } from './whole-number.ts';

interface GapsOptions extends LandscapeOptions {
  readonly name: string;
  readonly source: string | undefined;
  readonly signal: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly limit: string;
  readonly json: boolean;
}

const limitMax = 200_000;

export function gapsCommand(edge: Command): void {
  edge
    .command('gaps')
    .description('the times of which values are missing for good: per signal from when to when, and why; beside the edge, whether it runs or not')
    .addOption(new Option('--source <name>', 'of this source only'))
    .addOption(new Option('--signal <name>', 'of this signal only'))
    .addOption(new Option('--from <time>', 'that reach into this time (RFC 3339)'))
    .addOption(new Option('--to <time>', 'that begin then or earlier (RFC 3339)'))
    .addOption(new Option('--limit <number>', 'at most so many, newest first').default('50'))
    .addOption(new Option('--json', 'print JSON').default(false))
    .addHelpText('after', '\nExamples:\n  lineshaft edge gaps --name bremen-1\n  lineshaft edge gaps --name bremen-1 --signal press-7.force --from 2026-11-02T06:00:00Z --json')
    .action(async (_own: unknown, command: Command) => listGaps(command.optsWithGlobals<GapsOptions>()));
}

async function listGaps(options: GapsOptions): Promise<void> {
  const [{ readEdgeGaps }, { momentOf }] = await Promise.all([import('../../store/sqlite/edge-gaps.ts'), import('../../engine/backtest/telemetry-csv.ts')]);
  const signals = await signalsOf(options);
  const wanted = options.signal === undefined ? undefined : signals.find(({ name }) => name === options.signal);
  if (options.signal !== undefined && !wanted) throw new Fault('COMMAND_INVALID', `There is no signal "${options.signal}" in ${options.landscape}.`, { signal: options.signal });
  const { found, newest } = readEdgeGaps(join(options.data, options.name, 'edge.db'), {
    source: wanted?.source.name ?? options.source,
    addresses: wanted && [wanted.address],
    fromMs: options.from === undefined ? undefined : momentOf(options.from),
    toMs: options.to === undefined ? undefined : momentOf(options.to),
    limit: wholeNumber('--limit', options.limit, limitMax),
  });
  const told = newest.map((gap) => ({ ...gap, signals: signals.filter(({ source, address }) => source.name === gap.source && address === gap.address).map(({ name }) => name) }));
  process.stdout.write(options.json ? `${JSON.stringify({ found, gaps: told.map(jsonOf) }, undefined, 2)}\n` : gapsText(found, told));
}

type ToldGap = KeptGap & { readonly signals: readonly string[] };

/** Of the landscape where there is one; an edge's folder alone tells addresses only. */
async function signalsOf({ landscape, signal }: GapsOptions): Promise<readonly Signal[]> {
  const { loadLandscape } = await import('../../engine/releases/load.ts');
  try {
    return [...(await loadLandscape(landscapeFolder(landscape))).of('signal').values()];
  } catch (error) {
    if (signal !== undefined || !(error instanceof Fault)) throw error;
    process.stderr.write(`${error.message} Addresses are told without their signals.\n`);
    return [];
  }
}

function jsonOf({ source, address, signals, afterMs, beforeMs, reason, atMs }: ToldGap) {
  return { source, address, signals, from: instant(afterMs), to: instant(beforeMs), reason, known: instant(atMs) };
}

function gapsText(found: number, gaps: readonly ToldGap[]): string {
  if (found === 0) return 'No gap is known: every value that its sources could tell of is there.\n';
  const lines = gaps.map(
    ({ source, address, signals, afterMs, beforeMs, reason }) =>
      `${instant(afterMs)} … ${instant(beforeMs)}  ${durationText(beforeMs - afterMs)}  ${signals.length > 0 ? signals.join(', ') : address}  (${source})\n  ${reason}`,
  );
  const rest = found > gaps.length ? [`… and ${numberText(found - gaps.length)} earlier ones (--limit)`] : [];
  return `${[...lines, ...rest, `${numberText(found)} ${found === 1 ? 'gap' : 'gaps'}; times are those of the sources, UTC.`].join('\n')}\n`;
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
