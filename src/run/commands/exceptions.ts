import { Argument, Option, type Command } from 'commander';
import { Type, type Static } from 'typebox';
import { impactText } from '../../engine/exceptions/impact.ts';
import { wordsMissing } from '../../engine/operations/why.ts';
import { Fault } from '../../kernel/errors.ts';
import { numberText } from '../../kernel/number-text.ts';
import { parse, schema } from '../../kernel/schema.ts';
import { askHub, withAccess, type AccessOptions } from './hub-access.ts';

const item = Type.Object({
  id: Type.String(),
  type: Type.String(),
  class: Type.String(),
  status: Type.String(),
  severity: Type.String(),
  version: Type.Number(),
  owner: Type.Union([Type.String(), Type.Array(Type.String())]),
  summary: Type.String(),
  count: Type.Number(),
  last: Type.String(),
  escalatedTo: Type.Array(Type.String()),
  due: Type.String(),
  actions: Type.Array(Type.String()),
  impact: Type.Object({
    orders: Type.Array(Type.String()),
    ordersMore: Type.Boolean(),
    quantity: Type.Array(Type.Object({ amount: Type.String(), unit: Type.String() })),
    value: Type.Array(Type.Object({ amount: Type.String(), currency: Type.String() })),
  }),
});
const itemShape = schema(item);
const listShape = schema(Type.Array(item));

interface ExceptionsOptions extends AccessOptions {
  readonly json: boolean;
  readonly status: string;
  readonly note: string;
  readonly value: string | undefined;
}

export function exceptionsCommand(program: Command): void {
  withAccess(program.command('exceptions').description('list the exceptions and act on one'))
    .addArgument(
      new Argument('[action]', 'what to do')
        .choices(['list', 'show', 'acknowledge', 'resolve', 'escalate', 'accept', 'retry', 'cancel', 'mark-done', 'edit', 'skip', 'compensate'])
        .default('list'),
    )
    .argument('[id]', 'the exception')
    .addOption(new Option('--status <status>', 'which to list').choices(['unresolved', 'open', 'acknowledged', 'resolved']).default('unresolved'))
    .addOption(new Option('--note <text>', 'why, in plain words; acknowledge, escalate and retry need none').default(''))
    .addOption(new Option('--value <json>', 'for mark-done: the answer that the system would have given; for edit: what to ask for instead; for skip: what the flow gets'))
    .addOption(new Option('--json', 'print JSON').default(false))
    .addHelpText(
      'after',
      '\nExamples:\n  lineshaft exceptions\n  lineshaft exceptions acknowledge 3f2a… --note "calling the carrier"\n  lineshaft exceptions retry 3f2a…\n  lineshaft exceptions resolve 3f2a… --note "the carrier confirmed"',
    )
    .action(act);
}

async function act(action: string, id: string | undefined, options: ExceptionsOptions): Promise<void> {
  if (action === 'list') {
    const answer = await askHub(options, 'GET', `/api/exceptions?status=${options.status}`);
    process.stdout.write(options.json ? `${JSON.stringify(answer, undefined, 2)}\n` : listText(parse(listShape, answer, "The hub's answer")));
    return;
  }
  if (id === undefined) throw new Fault('COMMAND_INVALID', `Name the exception: lineshaft exceptions ${action} ID.`);
  const missing = wordsMissing(action, options.note, '--note "…"');
  if (missing !== undefined) throw new Fault('COMMAND_INVALID', missing);
  const path = `/api/exceptions/${encodeURIComponent(id)}`;
  const shown = await askHub(options, 'GET', path);
  if (action === 'show') {
    process.stdout.write(`${JSON.stringify(shown, undefined, 2)}\n`);
    return;
  }
  const { version } = parse(itemShape, shown, "The hub's answer");
  const value: unknown = options.value === undefined ? undefined : JSON.parse(options.value);
  const changed = await askHub(options, 'POST', `${path}/${action}`, { version, note: options.note, ...(value === undefined ? {} : { value }) });
  process.stdout.write(options.json ? `${JSON.stringify(changed, undefined, 2)}\n` : listText([parse(itemShape, changed, "The hub's answer")]));
}

function listText(items: readonly Static<typeof item>[]): string {
  if (items.length === 0) return 'No exceptions. Nothing needs you.\n';
  return items
    .map(
      ({ id, type, class: touched, status, severity, owner, summary, count, last, escalatedTo, due, actions, impact }) =>
        `${id}  ${status}  ${severity}  ${type}  ${touched}\n  ${summary}\n${affectedLine(impact)}${count > 1 ? `  ${numberText(count)} times, last ${last}\n` : ''}${escalatedTo.length > 0 ? `  escalated to ${escalatedTo.join(', ')}\n` : ''}  owner ${[owner].flat().join(', ')}, due ${due}${actions.length > 0 ? `; can: ${actions.join(', ')}` : ''}\n`,
    )
    .join('\n');
}

function affectedLine({ value, ...rest }: Static<typeof item>['impact']): string {
  const text = impactText({ ...rest, value: value.map(({ amount, currency }) => ({ amount, unit: currency })) });
  return text === undefined ? '' : `  affects ${text}\n`;
}
