import { Argument, Option, type Command } from 'commander';
import { Type, type Static } from 'typebox';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { parse, schema } from '../../kernel/schema.ts';
import { askHub, withAccess, type AccessOptions } from './hub-access.ts';

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

interface QuarantineOptions extends AccessOptions {
  readonly json: boolean;
  readonly reason: string | undefined;
  readonly value: string | undefined;
}

export function quarantineCommand(program: Command): void {
  withAccess(program.command('quarantine').description('list the messages that were not taken; mend and release them, or discard them'))
    .addArgument(new Argument('[action]', 'what to do').choices(['list', 'release', 'discard']).default('list'))
    .argument('[message]', 'which message')
    .addOption(new Option('--reason <text>', 'why: it is kept in the audit'))
    .addOption(new Option('--value <json>', "for release: the message's data as it should have been, of the same business key"))
    .addOption(new Option('--json', 'print JSON').default(false))
    .addHelpText(
      'after',
      '\nExamples:\n  lineshaft quarantine\n  lineshaft quarantine release 3f2a… --value \'{"order":"PO-4711","lost":12}\' --reason "the counter sent a text"\n  lineshaft quarantine discard 3f2a… --reason "a test of the supplier"',
    )
    .action(act);
}

async function act(action: string, message: string | undefined, options: QuarantineOptions): Promise<void> {
  if (action === 'list') {
    const answer = await askHub(options, 'GET', '/api/quarantine');
    const items = options.json ? [] : parse(listShape, answer, "The hub's answer");
    process.stdout.write(options.json ? `${JSON.stringify(answer, undefined, 2)}\n` : items.length === 0 ? 'Nothing lies in quarantine.\n' : `${items.map(lineOf).join('\n')}\n`);
    return;
  }
  if (message === undefined) throw new Fault('COMMAND_INVALID', `Name the message: lineshaft quarantine ${action} MESSAGE.`);
  if (options.reason === undefined || options.reason.trim() === '') throw new Fault('COMMAND_INVALID', `Say why: lineshaft quarantine ${action} ${message} --reason "…".`);
  const data = dataIn(options);
  const path = `/api/quarantine/${encodeURIComponent(message)}/${action}`;
  const answer = await askHub(options, 'POST', path, { reason: options.reason, ...(action === 'release' && data !== undefined ? { data } : {}) });
  process.stdout.write(options.json ? `${JSON.stringify(answer, undefined, 2)}\n` : `${lineOf(parse(itemShape, answer, "The hub's answer"))}\n`);
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
