import { Option, type Command } from 'commander';
import { Type, type Static } from 'typebox';
import { kpiGroupings } from '../../engine/kpi/grouping.ts';
import { spanText } from '../../engine/stories/plain-time.ts';
import { numberText } from '../../kernel/number-text.ts';
import { parse, schema } from '../../kernel/schema.ts';
import { askHub, withAccess, type AccessOptions } from './hub-access.ts';

const spread = Type.Object({ count: Type.Integer(), p50Ms: Type.Optional(Type.Number()), p99Ms: Type.Optional(Type.Number()), maxMs: Type.Optional(Type.Number()) });
const waiting = Type.Object({ count: Type.Integer(), oldestMs: Type.Optional(Type.Number()) });
const detection = Type.Object({ of: Type.String(), received: spread, ahead: Type.Integer() });
const action = Type.Object({
  of: Type.String(),
  acted: spread,
  completed: spread,
  withoutEffect: Type.Integer(),
  open: waiting,
  slowest: Type.Array(Type.Object({ run: Type.String(), key: Type.Optional(Type.String()), tookMs: Type.Number() })),
});
const cases = Type.Object({ of: Type.String(), acknowledged: spread, resolved: spread, resolvedUnseen: Type.Integer(), unacknowledged: waiting, unresolved: waiting });
const read = Type.Object({
  events: Type.Integer(),
  runs: Type.Integer(),
  cases: Type.Integer(),
  first: Type.Optional(Type.String()),
  last: Type.Optional(Type.String()),
  eventsCut: Type.Boolean(),
  casesCut: Type.Boolean(),
});
const times = Type.Object({ read, detection: Type.Array(detection), action: Type.Array(action), cases: Type.Array(cases) });
const timesShape = schema(times);

interface KpiOptions extends AccessOptions {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly by: string | undefined;
  readonly limit: string | undefined;
  readonly json: boolean;
}

export function kpiCommand(program: Command): void {
  const kpi = program.command('kpi').description('figures over the record of the hub');
  withAccess(kpi.command('response-time').description('how long it took: from events to their arrival, to what was done in other systems, and from cases to their owners'))
    .addOption(new Option('--from <time>', 'events and cases that the hub took then or later (RFC 3339)'))
    .addOption(new Option('--to <time>', '… then or earlier'))
    .addOption(new Option('--by <what>', 'told by this instead of event type, flow and class').choices([...kpiGroupings]))
    .addOption(new Option('--limit <number>', 'events that are read at most, the newest of the time (default: 20000)'))
    .addOption(new Option('--json', 'print JSON').default(false))
    .addHelpText('after', '\nExamples:\n  lineshaft kpi response-time\n  lineshaft kpi response-time --from 2026-11-02T06:00:00Z --by system --json')
    .action(async (options: KpiOptions) => {
      const asked = (['from', 'to', 'by', 'limit'] as const).flatMap((name): [string, string][] => (options[name] === undefined ? [] : [[name, options[name]]]));
      const answer = await askHub(options, 'GET', `/api/kpi/response-time?${new URLSearchParams(asked).toString()}`);
      process.stdout.write(options.json ? `${JSON.stringify(answer, undefined, 2)}\n` : timesText(parse(timesShape, answer, "The hub's answer")));
    });
}

type Line = readonly [of: string, spread: Static<typeof spread>, more?: string | false];

function timesText({ read: { events, runs, cases: counted, first, last, eventsCut, casesCut }, ...told }: Static<typeof times>): string {
  const taken = first === undefined || last === undefined ? '' : `, taken ${first} to ${last}`;
  const slowest = told.action.flatMap(({ of, slowest: runsOf }) => runsOf.map(({ run, key, tookMs }) => `  ${of}  ${key ?? run}  ${spanText(tookMs)}  ${run}`));
  return `${[
    `Read: events ${numberText(events)}${taken}; runs ${numberText(runs)}; cases ${numberText(counted)}.`,
    ...(eventsCut ? ['There are older events in that time (--limit); these are the newest.'] : []),
    ...(casesCut ? ['There are older cases in that time; these are the newest.'] : []),
    ...table(
      'From the event to its arrival at the hub',
      told.detection.map(({ of, received, ahead }): Line => [of, received, ahead > 0 && `${numberText(ahead)} of them by a clock that is ahead`]),
    ),
    ...table(
      'From the arrival to the first effect done',
      told.action.map(({ of, acted, withoutEffect }): Line => [of, acted, withoutEffect > 0 && `${numberText(withoutEffect)} without effect`]),
    ),
    ...table(
      'From the event to the last effect done',
      told.action.map(({ of, completed, open }): Line => [of, completed, openText('open', open)]),
    ),
    ...(slowest.length > 0 ? ['', 'The slowest of them', ...slowest] : []),
    ...table(
      'Cases, from opened to acknowledged',
      told.cases.map(({ of, acknowledged, unacknowledged }): Line => [of, acknowledged, openText('not acknowledged', unacknowledged)]),
    ),
    ...table(
      'Cases, from opened to resolved',
      told.cases.map(({ of, resolved, resolvedUnseen, unresolved }): Line => {
        const unseen = resolvedUnseen > 0 && `${numberText(resolvedUnseen)} before anybody saw them`;
        return [of, resolved, [unseen, openText('not resolved', unresolved)].filter((text) => text !== false).join('; ')];
      }),
    ),
  ].join('\n')}\n`;
}

function table(title: string, lines: readonly Line[]): readonly string[] {
  if (lines.length === 0) return [];
  const width = Math.max(...lines.map(([of]) => of.length));
  return ['', title, ...lines.map(([of, took, more]) => `  ${of.padEnd(width)}  ${spreadText(took)}${more === undefined || more === false || more === '' ? '' : `; ${more}`}`)];
}

function spreadText({ count, p50Ms, p99Ms, maxMs }: Static<typeof spread>): string {
  if (p50Ms === undefined || p99Ms === undefined || maxMs === undefined) return 'none';
  return `${numberText(count)}: p50 ${spanText(p50Ms)}, p99 ${spanText(p99Ms)}, max ${spanText(maxMs)}`;
}

function openText(what: string, { count, oldestMs }: Static<typeof waiting>): string | false {
  return count > 0 && `${numberText(count)} ${what}, the oldest for ${spanText(oldestMs ?? 0)}`;
}
