import { Option, type Command } from 'commander';
import { Type, type Static } from 'typebox';
import { parse, schema } from '../../kernel/schema.ts';
import { askHub, withAccess, type AccessOptions } from './hub-access.ts';
import { wholeNumber } from './whole-number.ts';

const item = Type.Object({
  id: Type.String(),
  flow: Type.String(),
  key: Type.String(),
  status: Type.String(),
  started: Type.String(),
  ended: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  refused: Type.Optional(Type.Object({ text: Type.String() })),
});
const listShape = schema(Type.Array(item));
const shownMax = 1_000;

interface RunsOptions extends AccessOptions {
  readonly json: boolean;
  readonly status: string | undefined;
  readonly flow: string | undefined;
  readonly limit: string;
}

export function runsCommand(program: Command): void {
  withAccess(program.command('runs').description('list the runs of flows, newest first'))
    .addOption(new Option('--status <status>', 'only these').choices(['active', 'queued', 'done', 'failed', 'parked', 'compensated']))
    .addOption(new Option('--flow <name>', 'only those of one flow'))
    .addOption(new Option('--limit <number>', 'how many at most').default('20'))
    .addOption(new Option('--json', 'print JSON').default(false))
    .addHelpText('after', '\nExamples:\n  lineshaft runs --status parked\n  lineshaft runs --flow packaging-bottleneck --json\n\nWhat can be done about one: lineshaft run --help')
    .action(async (options: RunsOptions) => {
      const query = new URLSearchParams({ limit: String(wholeNumber('--limit', options.limit, shownMax, 1)) });
      if (options.status !== undefined) query.set('status', options.status);
      if (options.flow !== undefined) query.set('flow', options.flow);
      const answer = await askHub(options, 'GET', `/api/runs?${query.toString()}`);
      process.stdout.write(options.json ? `${JSON.stringify(answer, undefined, 2)}\n` : listText(parse(listShape, answer, "The hub's answer")));
    });
}

function listText(items: readonly Static<typeof item>[]): string {
  if (items.length === 0) return 'No such runs.\n';
  return items
    .map(
      ({ id, key, status, started, ended, refused, reason = refused?.text }) =>
        `${id}  ${refused ? 'refused' : status}  ${key}\n  ${started}${ended === undefined ? '' : ` to ${ended}`}${reason === undefined ? '' : `\n  ${reason}`}\n`,
    )
    .join('\n');
}
