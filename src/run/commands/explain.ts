import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { Argument, Option, type Command } from 'commander';
import type { Declared, EventRoute, RouteCase, RouteStart } from '../../engine/explain/event-route.ts';
import { durationText } from '../../kernel/duration.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { exitCodes } from './failure.ts';
import { landscapeFolder, type LandscapeOptions } from './landscape-options.ts';

interface RouteOptions extends Pick<LandscapeOptions, 'landscape' | 'env'> {
  readonly json: boolean;
}

const help = `
Examples:
  lineshaft explain route event.json --landscape examples/packaging-plant
  lineshaft explain route - --env environments/production.yaml --json < event.json

It needs no hub, records nothing and sends nothing: the event is given to what judges and leads events in a hub. Exit code 1 where it would lie in
quarantine, and where code of the landscape does not come back with it within "watchdog.stallAfter" (10 s): a hub would be ended by its watchdog there.`;

export function explainCommand(program: Command): void {
  const explain = program.command('explain').description('say what a landscape would do with something, and what in it says so');
  explain
    .command('route')
    .description('where a hub would lead an event: whether it is taken, which flows start, which waits end, whose a case of it is')
    .addArgument(new Argument('<file>', 'a CloudEvent as JSON; - reads standard input'))
    .addOption(new Option('--landscape <dir>', 'the folder of the landscape').default('.'))
    .addOption(
      new Option('--env <file>', 'environment file (YAML), for its limits and shards; may be given more than once, later ones win')
        .argParser((value: string, before: readonly string[]) => [...before, value])
        .default([]),
    )
    .addOption(new Option('--json', 'print JSON').default(false))
    .addHelpText('after', help)
    .action(explainRoute);
}

async function explainRoute(file: string, { landscape: folder, env, json }: RouteOptions): Promise<void> {
  const event = await eventIn(file);
  const [{ loadLandscape }, { limitsOf }, { noReferences, readEnvironment, shardsOf, stallMsOf }, { eventRoute }, { realClock }, { boundedBy }] = await Promise.all([
    import('../../engine/releases/load.ts'),
    import('../../engine/releases/limit-check.ts'),
    import('../environment.ts'),
    import('../../engine/explain/event-route.ts'),
    import('../real-clock.ts'),
    import('../bounded.ts'),
  ]);
  const landscape = await loadLandscape(landscapeFolder(folder));
  // Of an environment, its limits and shards count; what they are beside needs no secrets.
  const environment = await readEnvironment(env, noReferences);
  const limits = limitsOf(landscape, environment.limits);
  const bounded = boundedBy(stallMsOf(environment));
  const route = await eventRoute(event, { landscape, limits, shards: shardsOf(environment), clock: realClock, bounded }).catch(reportStall);
  if (!route) return;
  process.stdout.write(json ? `${JSON.stringify({ release: landscape.release, ...route }, undefined, 2)}\n` : routeText(route));
  if (route.quarantine) process.exitCode = exitCodes['findings or a failed verdict'];
}

/** What would end a hub is what was asked for, and no reason why it cannot be told. */
function reportStall(error: unknown): undefined {
  if (!(error instanceof Fault) || error.code !== 'LANDSCAPE_STALLED') throw error;
  process.stderr.write(`${error.message}\n→ Mend it there, then ask again. How long code may take is "watchdog.stallAfter" in the environment file.\n`);
  process.exitCode = exitCodes['findings or a failed verdict'];
}

async function eventIn(file: string): Promise<unknown> {
  const content = await (file === '-' ? text(process.stdin) : readFile(file, 'utf8')).catch((error: unknown) => {
    throw new Fault('COMMAND_INVALID', `Cannot read ${file}: ${messageOf(error)}`, { file }, error);
  });
  try {
    return JSON.parse(content);
  } catch (error) {
    throw new Fault('COMMAND_INVALID', `${file === '-' ? 'Standard input' : file} is no JSON: ${messageOf(error)}`, { file }, error);
  }
}

function routeText({ type, keys, contract, shards, quarantine, filtered, starts, ends, unread }: EventRoute): string {
  const taken = filtered === undefined ? `Taken. Keys: ${keysText(keys)}. A second one of its source and id is passed over.` : droppedText(filtered, contract);
  const lines = [
    ...(contract ? [`${type}  ${contract.title}  (${placeText(contract)})`] : []),
    ...(quarantine ? [`Not taken, it would lie in quarantine: ${quarantine.reason}`] : [taken]),
    ...(quarantine?.holds ?? []).map(({ flow, key, shard }) => `  holds ${key} of ${flow.id} until somebody has decided${shardText(shard, shards)}  (${placeText(flow)})`),
    ...(quarantine?.case ? caseLines(quarantine.case, contract) : []),
    ...(quarantine && !quarantine.case ? ['  No owner is told: it is of no known contract, or not one that is taken.'] : []),
    ...starts.flatMap((start) => startLines(start, shards)),
    ...ends.map(
      ({ flow, file, line, within }) =>
        `May end a wait of ${flow.id}, where its keys are those waited for  (${file ?? flow.site.file}:${line}${within === undefined ? '' : `, within ${within}`})`,
    ),
    ...unread.map((flow) => `Not all waits of ${flow.id} can be read from its source  (${placeText(flow)})`),
    ...(quarantine || filtered !== undefined || starts.length + ends.length > 0 ? [] : ['Nothing starts with it and nothing waits for it: it is kept in the log only.']),
  ];
  return `${lines.join('\n')}\n`;
}

function droppedText(reason: string, contract: Declared | undefined): string {
  return `Dropped at the door, in no log and starting nothing, counted and named in the audit: ${reason}${contract ? `  (drop of ${placeText(contract)})` : ''}`;
}

function startLines({ flow, key, noKey, shard, whenRunning, late, case: parked, raises }: RouteStart, shards: number): readonly string[] {
  const head =
    key === undefined
      ? `Would start ${flow.id}, but: ${noKey ?? ''}  (${placeText(flow)})`
      : `Starts ${flow.id} for the key ${key}${shardText(shard, shards)}  (${placeText(flow)})`;
  const meanwhile = key === undefined ? [] : [`  while a run of ${key} is active: ${whenRunningText[whenRunning]}  (whenRunning: '${whenRunning}')`];
  const lateWords =
    late === undefined ? [] : [`  a run that is not over within ${durationText(late.withinMs)} ${whenLateText[late.whenLate]}  (within)`, ...caseLines(late.case, flow)];
  return [head, ...meanwhile, ...lateWords, ...caseLines(parked, flow), ...raises.flatMap((raised) => caseLines(raised, raised.exception))];
}

const whenLateText = { compensate: 'is undone', tell: 'goes on and is told of' } as const;

const whenRunningText: Readonly<Record<RouteStart['whenRunning'], string>> = {
  queue: 'it waits its turn',
  signal: 'it starts nothing and is left to that run',
  skip: 'it is dropped and counted',
};

function caseLines({ type, owners, dueMs, escalations }: RouteCase, says: Declared | undefined): readonly string[] {
  const whose = owners.map((owner) => `${owner.title} (${placeText(owner)})`).join(', ');
  return [
    `  a case ${type} is for ${whose}, due within ${durationText(dueMs)}${says ? `  (${placeText(says)})` : ''}`,
    ...escalations.map(({ afterMs, to, why }) => `    after ${durationText(afterMs)} for ${to.title} (${placeText(to)}) too: ${why}`),
  ];
}

function keysText(keys: EventRoute['keys']): string {
  return (
    Object.entries(keys)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ') || 'none'
  );
}

function shardText(shard: number | undefined, shards: number): string {
  return shards === 1 || shard === undefined ? '' : `, shard ${shard} of ${shards}`;
}

function placeText({ site }: Declared): string {
  return `${site.file}:${site.line}`;
}
