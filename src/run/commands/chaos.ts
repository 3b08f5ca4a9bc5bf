import { appendFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { durationMs } from '../../kernel/duration.ts';
import { Fault } from '../../kernel/errors.ts';
import type { ChaosOptions } from '../chaos/chaos.ts';
import type { Chaos } from '../chaos/trial-result.ts';
import { exitCodes } from './failure.ts';
import { landscapeFolder } from './landscape-options.ts';
import { databaseAddress } from './store-option.ts';
import { wholeNumber } from './whole-number.ts';

interface ChaosCommandOptions {
  readonly fault: readonly string[] | undefined;
  readonly runs: string | undefined;
  readonly for: string | undefined;
  readonly seed: string;
  readonly jobs: string;
  readonly json: boolean;
  readonly list: boolean;
  readonly store: string | undefined;
  readonly data: string | undefined;
  readonly evidence: string | undefined;
  readonly landscape: string | undefined;
  readonly env: readonly string[] | undefined;
  readonly secrets: string | undefined;
  readonly provoke: string | undefined;
  readonly verdict: string | undefined;
  readonly within: string;
}

const seedMax = 4_294_967_295;
const runsMax = 1_000_000;
const jobsMax = 32;

export function chaosCommand(program: Command): void {
  program
    .command('chaos')
    .description('play the fault matrix: real processes, one trouble per run, judged by the systems’ own ledgers')
    .addOption(new Option('--fault <name...>', 'only these: a fault, or fault/mode, or fault/mode/point, as --list and the table show them'))
    .addOption(new Option('--runs <number>', 'so many runs, round and round with other seeds; usual: everything once'))
    .addOption(new Option('--for <duration>', 'round and round until so much time is over, e.g. 2m'))
    .addOption(new Option('--seed <number>', 'the world of the first round').default('1'))
    .addOption(new Option('--jobs <number>', 'runs at the same time').default('2'))
    .addOption(new Option('--json', 'print the rows as JSON, and nothing else').default(false))
    .addOption(new Option('--list', 'print the faults and their modes, play nothing').default(false))
    .addOption(new Option('--store <url>', "a PostgreSQL database for the hub's log, in a schema for each run; usual: SQLite"))
    .addOption(new Option('--data <dir>', 'where the runs keep their state; usual: a folder of its own, removed when all went well'))
    .addOption(new Option('--evidence <file>', 'write what each run was judged on, one JSON document a line'))
    .addOption(new Option('--landscape <dir>', 'your own landscape instead of the packaging line; needs --provoke and --verdict'))
    .addOption(new Option('--env <file...>', 'with --landscape: environment files that name your test systems'))
    .addOption(new Option('--secrets <file>', 'with --landscape: JSON file of secrets'))
    .addOption(new Option('--provoke <command>', 'with --landscape: makes something happen, e.g. sends events to the hub'))
    .addOption(new Option('--verdict <command>', "with --landscape: looks into your test systems' own books; exit code 0 where all is as it must be"))
    .addOption(new Option('--within <duration>', 'with --landscape: how long a run may take until the verdict holds').default('60s'))
    .addHelpText(
      'after',
      `
Each run plays the packaging line with hub, edge and simulated systems as processes of their own, and asks the systems' ledgers:
  lost        effects that must be there and are not
  duplicated  effects that are there more often than once, or that nobody wanted
  outOfOrder  effects of one order, receipt or appointment in the wrong order
  unowned     what did not succeed and is nobody's
  convergeMs  from the last thing that was done to the world until the ledgers were as they must be; the longest run of the row

Examples:
  lineshaft chaos                                         everything once
  lineshaft chaos --fault outage reset-after/cmms --json
  lineshaft chaos --fault kill-hub --for 10m --jobs 4
  lineshaft chaos --store postgres://lineshaft:secret@127.0.0.1:5432/chaos

Your own landscape: hub and edge are killed with kill -9 at every named point that --provoke makes them reach, one run each, and started again.
What your systems do wrong is yours to arrange. Both commands get LINESHAFT_HUB (address), LINESHAFT_KEY (its admin's key) and LINESHAFT_RUN (a name
for the run, to make business keys that no other run has). The verdict may print {"lost":0,"duplicated":1,"outOfOrder":0,"unowned":0}.

  lineshaft chaos --landscape . --env environments/test.yaml --provoke "node send-orders.mjs" --verdict "node compare-books.mjs"`,
    )
    .action(async (options: ChaosCommandOptions) => {
      if (options.landscape !== undefined) {
        if (options.store !== undefined) throw new Fault('COMMAND_INVALID', '--store goes with the packaging line; your own landscape names its store in its environment file.');
        endWith(await playLandscape(options, landscapeFolder(options.landscape)));
        return;
      }
      // Loaded here, so that no other command pays for it.
      const [{ playChaos }, { faultNames }, { chaosTable, isGood, rowsOf, runLine }] = await Promise.all([
        import('../chaos/chaos.ts'),
        import('../chaos/matrix.ts'),
        import('../chaos/chaos-table.ts'),
      ]);
      const names = faultNames();
      if (options.list) {
        process.stdout.write(options.json ? `${JSON.stringify(names)}\n` : names.map(({ fault, modes }) => `${fault.padEnd(22)} ${modes.join(', ')}\n`).join(''));
        return;
      }
      const wanted = options.fault ?? [];
      for (const name of wanted)
        if (!names.some(({ fault }) => fault === name.split('/')[0]))
          throw new Fault('COMMAND_INVALID', `There is no fault "${name}". There are: ${names.map(({ fault }) => fault).join(', ')}.`, { name });
      const runs = options.runs === undefined ? undefined : wholeNumber('--runs', options.runs, runsMax);
      const dataDir = options.data === undefined ? await mkdtemp(join(tmpdir(), 'lineshaft-chaos-')) : resolve(options.data);
      const say = (line: string): void => void process.stderr.write(`${line}\n`);
      const begunMs = Date.now();
      let count = 0;
      const { results, skipped } = await playChaos({
        dataDir,
        seed: wholeNumber('--seed', options.seed, seedMax),
        jobs: Math.max(1, wholeNumber('--jobs', options.jobs, jobsMax)),
        isWanted: isAmong(wanted),
        runs,
        store: options.store === undefined ? undefined : databaseAddress(options.store),
        forMs: options.for === undefined ? undefined : durationMs(options.for),
        onRun: (result) => say(`${String((count += 1)).padStart(4)} ${runLine(result)}`),
        ...(options.evidence !== undefined && { onPlay: evidenceIn(resolve(options.evidence)) }),
        say,
      });
      const ok = results.length > 0 && results.every(isGood);
      const took = `${results.length} runs in ${secondsSince(begunMs)} s.`;
      if (options.json) {
        process.stdout.write(`${JSON.stringify({ rows: rowsOf(results), skipped }, undefined, 2)}\n`);
        say(took);
      } else {
        process.stdout.write(`\n${chaosTable(results)}${skippedLines(skipped)}${took}\n`);
      }
      if (ok && options.data === undefined) await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
      endWith(ok ? exitCodes.fine : exitCodes['findings or a failed verdict']);
    });
}

/** Once all is told: whatever a run left behind, of hundreds with killed processes, must not keep the command. */
function endWith(code: number): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}

async function playLandscape({ fault: wanted = [], env = [], secrets, provoke, verdict, within, runs, json, data }: ChaosCommandOptions, landscape: string): Promise<number> {
  if (provoke === undefined || verdict === undefined) throw new Fault('COMMAND_INVALID', '--landscape needs --provoke and --verdict: only you know what your systems must show.');
  const [{ playOwn }, { chaosTable, isGood, rowsOf, runLine }] = await Promise.all([import('../chaos/own-landscape.ts'), import('../chaos/chaos-table.ts')]);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const dataDir = data === undefined ? await mkdtemp(join(tmpdir(), 'lineshaft-chaos-')) : resolve(data);
  const begunMs = Date.now();
  const { results, skipped } = await playOwn({
    landscape,
    env,
    secrets,
    dataDir,
    provoke,
    verdict,
    withinMs: durationMs(within),
    runs: runs === undefined ? undefined : wholeNumber('--runs', runs, runsMax),
    isWanted: isAmong(wanted),
    onRun: (result) => say(runLine(result)),
    say,
  });
  const ok = results.length > 0 && results.every(isGood);
  process.stdout.write(
    json
      ? `${JSON.stringify({ rows: rowsOf(results), skipped }, undefined, 2)}\n`
      : `\n${chaosTable(results)}${skippedLines(skipped)}${results.length} runs in ${secondsSince(begunMs)} s.\n`,
  );
  if (ok && data === undefined) await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  return ok ? exitCodes.fine : exitCodes['findings or a failed verdict'];
}

function skippedLines(skipped: Chaos['skipped']): string {
  return skipped.map(({ fault, mode, reason }) => `  ${fault} / ${mode} was not played: ${reason}\n`).join('');
}

function secondsSince(beganMs: number): number {
  return Math.round((Date.now() - beganMs) / 1_000);
}

/** What the systems and our own processes have said, so that anybody can judge it again. */
function evidenceIn(file: string): NonNullable<ChaosOptions['onPlay']> {
  return ({ fault, mode, detail }, { facts, testimony, rows }) => appendFileSync(file, `${JSON.stringify({ fault, mode, detail, facts, testimony, rows })}\n`);
}

function isAmong(wanted: readonly string[]): ChaosOptions['isWanted'] {
  return (fault, mode, detail) => wanted.length === 0 || wanted.some((name) => covers(name, fault, mode, detail));
}

/** Whether a name that a person gave, `fault`, `fault/mode` or `fault/mode/detail`, means this; what is not known yet may be meant. */
function covers(name: string, fault: string, mode: string, detail: string | undefined): boolean {
  const [of, where, which] = name.split('/');
  return of === fault && (where === undefined || mode === '' || where === mode) && (which === undefined || detail === undefined || which === detail);
}
