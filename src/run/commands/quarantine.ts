import { Argument, Option, type Command } from 'commander';
import { Type, type Static } from 'typebox';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { parse, schema } from '../../kernel/schema.ts';
import { askHub, withAccess, type AccessOptions } from './hub-access.ts';
import { wholeNumber } from './whole-number.ts';

const item = Type.Object({
  message: Type.String(),
  at: Type.String(),
  source: Type.String(),
  id: Type.String(),
  reason: Type.String(),
  holds: Type.Array(Type.String()),
  decided: Type.Optional(Type.String()),
  filtered: Type.Optional(Type.String()),
});
const itemShape = schema(item);
const listShape = schema(Type.Array(item));

const detailed = Type.Object({
  ...item.properties,
  type: Type.Optional(Type.String()),
  whole: Type.Boolean(),
  data: Type.Optional(Type.Unknown()),
  misfit: Type.Optional(Type.Object({ path: Type.String(), reason: Type.String(), value: Type.Optional(Type.Unknown()) })),
  case: Type.Optional(Type.String()),
  waiting: Type.Array(Type.Object({ run: Type.String(), since: Type.String() })),
  decision: Type.Optional(Type.Object({ at: Type.String(), by: Type.String(), reason: Type.String(), data: Type.Optional(Type.Unknown()) })),
});
const detailShape = schema(detailed);

interface QuarantineOptions extends AccessOptions {
  readonly json: boolean;
  readonly reason: string | undefined;
  readonly value: string | undefined;
  readonly contract: string | undefined;
  readonly state: string | undefined;
  readonly before: string | undefined;
  readonly limit: string;
}

const listMax = 1_000;

export function quarantineCommand(program: Command): void {
  withAccess(program.command('quarantine').description('list the messages that were not taken and show one; mend and release them, or discard them'))
    .addArgument(new Argument('[action]', 'what to do').choices(['list', 'show', 'release', 'discard']).default('list'))
    .argument('[message]', 'which message')
    .addOption(new Option('--contract <type>', 'for list: of this event type only, with or without its version'))
    .addOption(new Option('--state <state>', 'for list: those that wait for a person, or that were decided').choices(['open', 'released', 'discarded']))
    .addOption(new Option('--before <time>', 'for list: that came before (RFC 3339); the time of the last line gives the next page'))
    .addOption(new Option('--limit <number>', 'for list: at most so many, newest first').default('100'))
    .addOption(new Option('--reason <text>', 'why: it is kept in the audit'))
    .addOption(new Option('--value <json>', "for release: the message's data as it should have been, of the same business key"))
    .addOption(new Option('--json', 'print JSON').default(false))
    .addHelpText(
      'after',
      '\nExamples:\n  lineshaft quarantine --state open\n  lineshaft quarantine show 3f2a…\n  lineshaft quarantine release 3f2a… --value \'{"order":"PO-4711","lost":12}\' --reason "the counter sent a text"\n  lineshaft quarantine discard 3f2a… --reason "a test of the supplier"',
    )
    .action(act);
}

async function act(action: string, message: string | undefined, options: QuarantineOptions): Promise<void> {
  const { json } = options;
  const tell = (answer: unknown, text: () => string): void => void process.stdout.write(json ? `${JSON.stringify(answer, undefined, 2)}\n` : `${text()}\n`);
  if (action === 'list') {
    const answer = await askHub(options, 'GET', `/api/quarantine?${listQuery(options)}`);
    return tell(answer, () => parse(listShape, answer, "The hub's answer").map(lineOf).join('\n') || 'Nothing lies in quarantine.');
  }
  if (message === undefined) throw new Fault('COMMAND_INVALID', `Name the message: lineshaft quarantine ${action} MESSAGE.`);
  const path = `/api/quarantine/${encodeURIComponent(message)}`;
  if (action === 'show') {
    const answer = await askHub(options, 'GET', path);
    return tell(answer, () => detailText(parse(detailShape, answer, "The hub's answer")));
  }
  if (options.reason === undefined || options.reason.trim() === '') throw new Fault('COMMAND_INVALID', `Say why: lineshaft quarantine ${action} ${message} --reason "…".`);
  const data = dataIn(options);
  const answer = await askHub(options, 'POST', `${path}/${action}`, { reason: options.reason, ...(action === 'release' && data !== undefined ? { data } : {}) });
  tell(answer, () => lineOf(parse(itemShape, answer, "The hub's answer")));
}

function listQuery({ contract, state, before, limit }: QuarantineOptions): string {
  const given = Object.entries({ contract, state, before }).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]]));
  return new URLSearchParams([...given, ['limit', String(wholeNumber('--limit', limit, listMax, 1))]]).toString();
}

function detailText(detail: Static<typeof detailed>): string {
  const { type, whole, data, misfit, case: exception, waiting, decision } = detail;
  const fit = misfit ? `does not fit at ${misfit.path}: ${misfit.reason}; there stands ${JSON.stringify(misfit.value) ?? 'nothing'}` : undefined;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['type', type],
    ['now', fit],
    ['data', whole ? JSON.stringify(data) : 'too long to be kept whole: it can only be discarded, and sent again'],
    ['in line behind it', waiting.length === 0 ? undefined : waiting.map(({ run, since }) => `${run} since ${since}`).join(', ')],
    ['case', exception],
    ['decided', decision && `${decision.at} by ${decision.by}: ${decision.reason}`],
    ['data as released', decision?.data === undefined ? undefined : JSON.stringify(decision.data)],
  ];
  return [lineOf(detail), ...rows.flatMap(([name, text]) => (text === undefined ? [] : [`  ${name}: ${text}`]))].join('\n');
}

function dataIn({ value }: QuarantineOptions): unknown {
  if (value === undefined) return undefined;
  try {
    return JSON.parse(value);
  } catch (error) {
    throw new Fault('COMMAND_INVALID', `--value is no JSON: ${messageOf(error)}`, {}, error);
  }
}

function lineOf({ message, at, source, id, reason, holds, decided, filtered }: Static<typeof item>): string {
  const dropped = filtered === undefined ? '' : `, and dropped by the filter "${filtered}" of its contract: it is in no log and started nothing`;
  return `${message}  ${at}  ${source} ${id}${decided === undefined ? '' : `  ${decided}${dropped}`}\n  ${reason}${holds.length > 0 ? `\n  waits for it: ${holds.join(', ')}` : ''}`;
}
