// A user's own landscape with the user's own test systems: hub and edge are killed at every named point that an event makes them reach.
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { at } from '../../counterparts/verdict/testimony.ts';
import { isClean, type Tally } from '../../counterparts/verdict/tally.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { freePort } from '../demo/port.ts';
import { openKeyFile } from '../key-file.ts';
import { supervisor, type Supervisor } from '../supervisor.ts';
import { judgeMissed, type Chaos, type TrialResult } from './trial-result.ts';
import { placeOf } from './kill-trials.ts';
import { passed } from './placed.ts';

export interface OwnChaosOptions {
  readonly landscape: string;
  readonly env: readonly string[];
  readonly secrets: string | undefined;
  readonly dataDir: string;
  /** Command lines: makes something happen; judges from the systems' own books, and ends with 0 where all is as it must be. */
  readonly provoke: string;
  readonly verdict: string;
  /** How long a run may take until the verdict holds, milliseconds. */
  readonly withinMs: number;
  readonly runs: number | undefined;
  readonly isWanted: (fault: string, mode: string, detail: string) => boolean;
  readonly onRun: (result: TrialResult) => void;
  readonly say: (line: string) => void;
}

type Actor = 'hub' | 'edge';
interface Point {
  readonly actor: Actor;
  readonly point: string;
}
interface OneRun {
  readonly name: string;
  readonly variables: Readonly<Partial<Record<Actor, Readonly<Record<string, string>>>>>;
  /** Who must have died, and is started again. */
  readonly dies?: Point;
}
interface Judged {
  readonly tally: Tally;
  readonly words: string;
}
interface Ended extends Judged {
  readonly convergeMs: number | undefined;
  /** The verdict holds, and nobody died who was to. */
  readonly isWhole?: boolean;
}

const actors: readonly Actor[] = ['hub', 'edge'];
const lookMs = 200;
/** A verdict that holds must go on holding: what is done twice is often done late. */
const quietMs = 1_500;
const wordsMax = 2_000;
const clean: Tally = { lost: 0, duplicated: 0, outOfOrder: 0, unowned: 0 };

/** Raises COMMAND_INVALID where the verdict does not hold without any trouble. */
export async function playOwn(options: OwnChaosOptions): Promise<Chaos> {
  const { dataDir, onRun, isWanted } = options;
  const lists = { hub: join(dataDir, 'points-hub'), edge: join(dataDir, 'points-edge') };
  await mkdir(dataDir, { recursive: true });
  const calm = await playOne(options, { name: 'calm', variables: { hub: { LINESHAFT_POINTS_FILE: lists.hub }, edge: { LINESHAFT_POINTS_FILE: lists.edge } } });
  if (!isClean(calm.tally)) throw new Fault('COMMAND_INVALID', `The verdict does not hold even without any trouble: ${calm.words}`);
  const points: Point[] = [];
  for (const actor of actors) {
    // A process that reaches none writes no file.
    const text = await readFile(lists[actor], 'utf8').catch(() => '');
    points.push(...[...new Set(text.split('\n'))].filter((point) => point !== '' && isWanted(`kill-${actor}`, placeOf(point), point)).map((point) => ({ actor, point })));
  }
  const results: TrialResult[] = [];
  const missed: TrialResult[] = [];
  for (let number = 0; number < (options.runs ?? points.length); number += 1) {
    const dies = points[number % points.length];
    if (!dies) break;
    const startMs = Date.now();
    const { tally, words, convergeMs, isWhole } = await playOne(options, { name: `kill-${number}`, variables: { [dies.actor]: { LINESHAFT_KILL_AT: dies.point } }, dies });
    const cell = { fault: `kill-${dies.actor}`, mode: placeOf(dies.point) };
    const result = {
      ...cell,
      detail: dies.point,
      seed: number,
      tally,
      convergeMs,
      tookMs: Date.now() - startMs,
      wrong: isClean(tally) ? [] : [words],
    };
    if (isWhole === true) {
      missed.push(result);
      continue;
    }
    results.push(result);
    onRun(result);
  }
  const judged = judgeMissed(missed, results.length + missed.length);
  for (const result of judged.results) onRun(result);
  return { results: [...results, ...judged.results], skipped: judged.skipped };
}

async function playOne(options: OwnChaosOptions, { name, variables, dies }: OneRun): Promise<Ended> {
  const own = join(options.dataDir, name);
  await rm(own, { recursive: true, force: true, maxRetries: 5 });
  const hubDir = join(own, 'hub');
  await mkdir(hubDir, { recursive: true });
  await openKeyFile(join(hubDir, 'keys.json'));
  const key = String(at(JSON.parse(await readFile(join(hubDir, 'keys.json'), 'utf8')), 'admin'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await using children = { all: supervisor({ logDir: join(own, 'logs'), say: options.say }), [Symbol.asyncDispose]: () => children.all.close() };
  const start = (actor: Actor, first: boolean) => startActor(children.all, options, { actor, own, url, port, variables: (first && variables[actor]) || {} });
  await start('hub', true);
  await start('edge', true);

  /** Whether whoever must die has died and is up again. */
  let isBack = dies === undefined;
  let revivedMs = Date.now();
  let trouble = '';
  const watch = async ({ actor }: Point): Promise<void> => {
    await children.all.exited(actor);
    await start(actor, false);
    revivedMs = Date.now();
    isBack = true;
  };
  if (dies)
    watch(dies).catch((error: unknown) => {
      trouble = messageOf(error);
    });
  const environment = { LINESHAFT_HUB: url, LINESHAFT_KEY: key, LINESHAFT_RUN: `${name}-${port}` };
  const provoked = await shell(options.provoke, environment);
  if (provoked.code !== 0) return { tally: { ...clean, lost: 1 }, words: `The provoking command ended with ${provoked.code}: ${provoked.output}`, convergeMs: undefined };
  const untilMs = Date.now() + options.withinMs;
  let heldMs: number | undefined;
  for (;;) {
    const judged = await judge(options.verdict, environment);
    heldMs = isBack && trouble === '' && isClean(judged.tally) ? (heldMs ?? Date.now()) : undefined;
    if (heldMs !== undefined && Date.now() - Math.max(heldMs, revivedMs) >= quietMs) return { ...judged, convergeMs: Math.max(0, heldMs - revivedMs) };
    if (Date.now() >= untilMs) {
      if (isBack && !isClean(judged.tally)) return { ...judged, convergeMs: undefined };
      const words = trouble === '' ? 'its point was not reached in this run' : trouble;
      return { tally: { ...clean, lost: 1 }, words, convergeMs: undefined, isWhole: trouble === '' && isClean(judged.tally) };
    }
    await passed(lookMs);
  }
}

interface StartOptions {
  readonly actor: Actor;
  readonly own: string;
  readonly url: string;
  readonly port: number;
  readonly variables: Readonly<Record<string, string>>;
}

async function startActor(children: Supervisor, { landscape, env, secrets }: OwnChaosOptions, { actor, own, url, port, variables }: StartOptions): Promise<void> {
  const shared = ['--landscape', landscape, '--data', own, ...env.flatMap((file) => ['--env', file]), ...(secrets === undefined ? [] : ['--secrets', secrets])];
  const args = [...shared, ...(actor === 'hub' ? ['--port', String(port)] : ['--hub', url])];
  await children.start({ name: actor, command: actor, args, environment: variables });
}

/** The command's own counts, where it prints them as JSON; otherwise its exit code. */
async function judge(command: string, environment: Readonly<Record<string, string>>): Promise<Judged> {
  const { code, output } = await shell(command, environment);
  const counts = code === 0 ? undefined : countsIn(output);
  return { tally: code === 0 ? clean : (counts ?? { ...clean, lost: 1 }), words: `the verdict ended with ${code}: ${output}` };
}

function countsIn(output: string): Tally | undefined {
  try {
    const said: unknown = JSON.parse(output);
    const count = (name: keyof Tally): number => Number(at(said, name) ?? 0) || 0;
    const tally = { lost: count('lost'), duplicated: count('duplicated'), outOfOrder: count('outOfOrder'), unowned: count('unowned') };
    return isClean(tally) ? undefined : tally;
  } catch {
    // Plain words.
    return undefined;
  }
}

function shell(command: string, environment: Readonly<Record<string, string>>): Promise<{ readonly code: number | string; readonly output: string }> {
  const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
  let output = '';
  const add = (text: string): void => {
    output = `${output}${text}`.slice(-wordsMax);
  };
  child.stdout.setEncoding('utf8').on('data', add);
  child.stderr.setEncoding('utf8').on('data', add);
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 'an error', output: messageOf(error) }));
    child.once('close', (code, signal) => resolve({ code: signal ?? code ?? 0, output: output.trim() }));
  });
}
