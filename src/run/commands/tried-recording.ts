// What a rule or a machine is tried on, and with which limits: the options of every backtest.
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Option, type Command } from 'commander';
import type { PlayingParts } from '../../engine/backtest/playing.ts';
import type { Read } from '../../engine/backtest/telemetry-csv.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { momentOf } from '../../kernel/moment.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { LimitValues } from '../../model/limit.ts';
import { knowsHub } from './hub-access.ts';
import { withLandscape, type LandscapeOptions } from './landscape-options.ts';
import { wholeNumber } from './whole-number.ts';

export interface TriedOptions extends LandscapeOptions {
  readonly edge: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly limit: readonly string[];
  readonly csv: string | undefined;
  readonly recording: string | undefined;
  readonly hub: string | undefined;
  readonly key: string | undefined;
  readonly megabytes: string | undefined;
  readonly rate: string | undefined;
  readonly flows: boolean;
  readonly json: boolean;
}

/** `told` is what --from and --to choose. */
export function withRecording(command: Command, told: string): Command {
  return withLandscape(command)
    .addOption(new Option('--edge <name>', 'whose recording; one that does not lie in --data is fetched by the hub, over the connection that the edge opened'))
    .addOption(new Option('--from <time>', `${told} then or later (RFC 3339)`))
    .addOption(new Option('--to <time>', `${told} then or earlier (RFC 3339)`))
    .addOption(
      new Option('--limit <name=value>', 'another value of a limit; may be given more than once')
        .argParser((value: string, before: readonly string[]) => [...before, value])
        .default([]),
    )
    .addOption(new Option('--csv <file>', 'this file instead of a recording: a column of times, and one per signal or one called "value"'))
    .addOption(new Option('--recording <file>', 'this file of "lineshaft edge recording" instead; --edge says whose it is').conflicts('csv'))
    .addOption(new Option('--hub <url>', 'fetch it by this hub (default: the one that runs on --data)'))
    .addOption(new Option('--key <key>', 'key at the hub (default: LINESHAFT_KEY, or the admin key of the key file in --data)'))
    .addOption(new Option('--megabytes <number>', 'fetch no more than so many (default: as the environment of the hub says, usually 100)'))
    .addOption(new Option('--rate <number>', 'kilobytes per second that the edge sends at most (default: as the environment of the hub says, usually 500)'))
    .addOption(new Option('--no-flows', 'do not play the flows that would have started'))
    .addOption(new Option('--json', 'print JSON').default(false));
}

/** The limits that count, and over them those that are tried. */
export async function limitsTried(landscape: Landscape, { env, limit }: TriedOptions): Promise<LimitValues> {
  const [{ limitsOf }, { limitGiven }, { noReferences, readEnvironment }] = await Promise.all([
    import('../../engine/releases/limit-check.ts'),
    import('../../engine/releases/limit-file.ts'),
    import('../environment.ts'),
  ]);
  // Of an environment, its limits count; what they are beside needs no secrets.
  const environment = await readEnvironment(env, noReferences);
  return { ...limitsOf(landscape, environment.limits), ...Object.fromEntries(limit.map((text) => limitGiven(text, landscape.of('limit')))) };
}

/** The data directory whose hub answers as of then, and the edge whose events are looked for in its log. */
export function logFor({ data, edge, csv, recording, hub }: TriedOptions): { readonly data: string; readonly edge: string | undefined } {
  if (recording !== undefined || isElsewhere({ data, edge, csv, recording, hub })) return { data, edge };
  return { data, edge: csv === undefined ? edgeIn({ data, edge }) : undefined };
}

/** Raises COMMAND_INVALID and INPUT_INVALID. */
export function spanGiven({ from, to }: Pick<TriedOptions, 'from' | 'to'>): Pick<PlayingParts, 'fromMs' | 'toMs'> {
  const [fromMs, toMs] = [from === undefined ? undefined : momentOf(from, '--from'), to === undefined ? undefined : momentOf(to, '--to')];
  if (fromMs === undefined || toMs === undefined || fromMs <= toMs) return { fromMs, toMs };
  throw new Fault('COMMAND_INVALID', `--to ${to} is before --from ${from}. Exchange them.`, { from, to });
}

/** Columns that are named at most where one is missing. */
const strangeMax = 10;

/** What is played. Raises COMMAND_INVALID. */
export async function blocksFor(judged: Read, options: TriedOptions): Promise<PlayingParts['blocks']> {
  const { csv, data, edge } = options;
  if (csv !== undefined) {
    const [{ csvTelemetry }, text] = await Promise.all([import('../../engine/backtest/telemetry-csv.ts'), textOf(csv)]);
    const { absent, strange, isSorted, unknown, blocks } = csvTelemetry(text, judged);
    const named = unknown.map(({ value, line }) => `"${value}" (line ${line})`).join(', ');
    if (unknown.length > 0)
      process.stderr.write(`${basename(csv)} has values that are no state of "codes" and are left out, first: ${named}. Correct them, or give them a state.\n`);
    if (isSorted) process.stderr.write(`The rows of ${basename(csv)} are not in the order of time; they are played in it.\n`);
    if (absent.length > 0) {
      const others = strange.length === 0 ? '' : ` It has ${strange.slice(0, strangeMax).join(', ')} beside what is looked at.`;
      process.stderr.write(`${basename(csv)} has no column ${absent.join(', ')}: a condition on that cannot hold.${others}\n`);
    }
    return blocks;
  }
  const recording = options.recording ?? (isElsewhere(options) ? await fetched(options) : undefined);
  if (recording !== undefined) {
    const { blocksOfFile } = await import('../recording-file.ts');
    return (onLoss) => blocksOfFile(recording, { onLoss, onUnclosed: (newestMs) => void process.stderr.write(unclosedText(recording, newestMs)), onRepeated });
  }
  const { recordedBlocks } = await import('../telemetry-shelf.ts');
  const dir = join(data, edgeIn({ data, edge }), 'telemetry');
  return (onLoss) => recordedBlocks(dir, onLoss, onRepeated);
}

function onRepeated(file: string, blocks: number): void {
  process.stderr.write(`${blocks === 1 ? '1 block' : `${blocks} blocks`} of ${file} came before, as of a file that was copied beside itself: played once.\n`);
}

function unclosedText(recording: string, newestMs: number): string {
  const name = basename(recording);
  return `${name} has no closing mark: its copy was cut short, or an earlier Lineshaft wrote it. It is not known whether there was more after ${instantText(newestMs)}; compare its size with that of the file it was copied from, or write it again with "lineshaft edge recording".\n`;
}

/** Whether a hub is to bring the recording: one that is named, or one that is known here where the edge's own lies elsewhere. */
function isElsewhere({ data, edge, csv, recording, hub }: Pick<TriedOptions, 'data' | 'edge' | 'csv' | 'recording' | 'hub'>): boolean {
  if (csv !== undefined || recording !== undefined) return false;
  return hub !== undefined || (edge !== undefined && !recordedHere(data).includes(edge) && knowsHub(data));
}

async function fetched(options: TriedOptions): Promise<string> {
  const { edge, hub, key, data, megabytes, rate } = options;
  if (edge === undefined) throw new Fault('COMMAND_INVALID', 'Which edge is asked by the hub? Name it with --edge.');
  const { fetchedRecording } = await import('./fetched-recording.ts');
  const { recordingMost } = await import('../../engine/recordings/recording-bounds.ts');
  const bounds = {
    megabytes: megabytes === undefined ? undefined : wholeNumber('--megabytes', megabytes, recordingMost.megabytes, 1),
    kilobytesPerSecond: rate === undefined ? undefined : wholeNumber('--rate', rate, recordingMost.kilobytesPerSecond, 1),
  };
  return fetchedRecording({ access: { hub, key, data }, edge, ...spanGiven(options), ...bounds });
}

function recordedHere(data: string): readonly string[] {
  return existsSync(data) ? readdirSync(data).filter((name) => existsSync(join(data, name, 'telemetry'))) : [];
}

/** The edge whose recording is played. Raises COMMAND_INVALID. */
function edgeIn({ data, edge }: Pick<TriedOptions, 'data' | 'edge'>): string {
  const names = recordedHere(data);
  const chosen = edge ?? (names.length === 1 ? names[0] : undefined);
  if (chosen !== undefined && names.includes(chosen)) return chosen;
  if (edge !== undefined) {
    const others = names.length === 0 ? 'it holds no recording' : `there is ${names.join(', ')}`;
    const where = `An edge records below its own --data: have it fetched by the hub that it is connected to, named with --hub; or write it to a file there with "lineshaft edge recording" and play that with --recording, or copy DATA/${edge}/telemetry of its machine to ${join(data, edge, 'telemetry')} (docs/guide/backtest.md).`;
    throw new Fault('COMMAND_INVALID', `No recording of the edge "${edge}" lies in ${data}; ${others}. ${where}`, { data, edge });
  }
  const which = names.length === 0 ? `No edge has recorded telemetry in ${data}.` : `Several edges have recorded telemetry in ${data}: ${names.join(', ')}.`;
  throw new Fault('COMMAND_INVALID', `${which} ${names.length === 0 ? 'Name its data directory with --data, or a file with --recording or --csv.' : 'Name one with --edge.'}`, {
    data,
  });
}

export async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new Fault('COMMAND_INVALID', `Cannot read ${file}: ${messageOf(error)}`, { file }, error);
  });
}

export function instantText(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
