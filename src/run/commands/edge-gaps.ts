import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { durationText } from '../../kernel/duration.ts';
import { Fault } from '../../kernel/errors.ts';
import { momentOf } from '../../kernel/moment.ts';
import { numberText } from '../../kernel/number-text.ts';
import type { Signal } from '../../model/asset.ts';
import type { KeptGap, OpenGap } from '../../store/edge-store.ts';
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
  const { readEdgeGaps } = await import('../../store/sqlite/edge-gaps.ts');
  const signals = await signalsOf(options);
  const wanted = options.signal === undefined ? undefined : signals.find(({ name }) => name === options.signal);
  if (options.signal !== undefined && !wanted) throw new Fault('COMMAND_INVALID', `There is no signal "${options.signal}" in ${options.landscape}.`, { signal: options.signal });
  const { found, newest, openFound, open } = readEdgeGaps(join(options.data, options.name, 'edge.db'), {
    source: wanted?.source.name ?? options.source,
    addresses: wanted && [wanted.address],
    fromMs: momentGiven('--from', options.from),
    toMs: momentGiven('--to', options.to),
    limit: wholeNumber('--limit', options.limit, limitMax),
  });
  const named = <Gap extends Pick<KeptGap, 'source' | 'address'>>(gap: Gap): Gap & Named => ({
    ...gap,
    signals: signals.filter(({ source, address }) => source.name === gap.source && address === gap.address).map(({ name }) => name),
  });
  const [told, toldOpen] = [newest.map(named), open.map(named)];
  const text = options.json
    ? `${JSON.stringify({ found, gaps: told.map(jsonOf), openFound, open: toldOpen.map(openJson) }, undefined, 2)}\n`
    : allText({ found, told, openFound, toldOpen });
  process.stdout.write(text);
}

interface Named {
  readonly signals: readonly string[];
}
type ToldGap = KeptGap & Named;
type ToldOpenGap = OpenGap & Named;

function momentGiven(option: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  try {
    return momentOf(given);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new Fault('COMMAND_INVALID', `${option} is ${JSON.stringify(given)}, which is no time such as 2026-11-02T06:00:00Z.`, { option, given }, error);
  }
}

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

function openJson({ source, address, signals, sinceMs, reason }: ToldOpenGap) {
  return { source, address, signals, since: instant(sinceMs), reason };
}

interface AllGaps {
  readonly found: number;
  readonly told: readonly ToldGap[];
  readonly openFound: number;
  readonly toldOpen: readonly ToldOpenGap[];
}

function allText({ found, told, openFound, toldOpen }: AllGaps): string {
  if (found === 0 && openFound === 0)
    return 'No gap is known. What a source that is not connected now has to tell is known when it is back; what a machine itself did not tell, nobody knows.\n';
  return `${openText(openFound, toldOpen)}${found === 0 ? '' : gapsText(found, told)}`;
}

/** First what goes on now. */
function openText(found: number, gaps: readonly ToldOpenGap[]): string {
  if (found === 0) return '';
  const lines = gaps.map((gap) => `${instant(gap.sinceMs)} … not ended  ${placeOf(gap)}\n  ${gap.reason}`);
  const rest = found > gaps.length ? [`… and ${numberText(found - gaps.length)} more (--limit)`] : [];
  return `${[...lines, ...rest, `${numberText(found)} ${found === 1 ? 'address lacks' : 'addresses lack'} values, or may; it is known with the next value how much is missing.`].join('\n')}\n`;
}

function placeOf({ source, address, signals }: Pick<ToldGap, 'source' | 'address' | 'signals'>): string {
  return `${signals.length > 0 ? signals.join(', ') : address}  (${source})`;
}

function gapsText(found: number, gaps: readonly ToldGap[]): string {
  const lines = gaps.map((gap) => `${instant(gap.afterMs)} … ${instant(gap.beforeMs)}  ${durationText(gap.beforeMs - gap.afterMs)}  ${placeOf(gap)}\n  ${gap.reason}`);
  const rest = found > gaps.length ? [`… and ${numberText(found - gaps.length)} earlier ones (--limit)`] : [];
  return `${[...lines, ...rest, `${numberText(found)} ${found === 1 ? 'gap' : 'gaps'}; times are those of the sources, UTC.`].join('\n')}\n`;
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
