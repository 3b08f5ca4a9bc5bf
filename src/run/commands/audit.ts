import { Argument, Option, type Command } from 'commander';
import { Type, type Static } from 'typebox';
import { detailsOf } from '../../engine/audit/audit-chain.ts';
import { auditCheck, type AuditVerdict } from '../../engine/audit/audit-check.ts';
import { numberText } from '../../kernel/number-text.ts';
import { parse, schema } from '../../kernel/schema.ts';
import { exitCodes } from './failure.ts';
import { askHub, withAccess, type AccessOptions } from './hub-access.ts';
import { wholeNumber } from './whole-number.ts';

const entry = Type.Object({ id: Type.Integer(), atMs: Type.Number(), actor: Type.String(), action: Type.String(), subject: Type.String(), details: Type.String() });
const page = Type.Object({ counted: Type.Integer(), entries: Type.Array(entry) });
const pageShape = schema(page);

interface AuditOptions extends AccessOptions {
  readonly limit: string;
  readonly seal: string | undefined;
  readonly json: boolean;
}

const pageMax = 1_000;
const listMax = 1_000_000;

export function auditCommand(program: Command): void {
  withAccess(program.command('audit').description('what people and the hub did, as it is recorded; and whether anybody has altered that record'))
    .addArgument(new Argument('[action]', 'what to do').choices(['list', 'verify']).default('list'))
    .addOption(new Option('--limit <number>', 'list: entries, newest first').default('50'))
    .addOption(new Option('--seal <hash>', 'verify: a seal that an earlier "audit verify" told'))
    .addOption(new Option('--json', 'print JSON; list: one entry a line').default(false))
    .addHelpText('after', '\nExamples:\n  lineshaft audit\n  lineshaft audit verify\n\nExit codes of verify: 0 it holds, 1 it does not.')
    .action(async (action: string, options: AuditOptions) => {
      if (action === 'verify') await verify(options);
      else await list(options);
    });
}

/** Page by page, so that a long audit is never held as a whole; newest first. */
async function* pages(options: AccessOptions): AsyncGenerator<Static<typeof page>, undefined> {
  for (let before = ''; ;) {
    const answer = parse(pageShape, await askHub(options, 'GET', `/api/audit?limit=${pageMax}${before}`), "The hub's answer");
    yield answer;
    const last = answer.entries.at(-1);
    if (!last || answer.entries.length < pageMax) return undefined;
    before = `&before=${last.id}`;
  }
}

async function list(options: AuditOptions): Promise<void> {
  let left = wholeNumber('--limit', options.limit, listMax);
  for await (const { entries } of pages(options)) {
    for (const each of entries.slice(0, left)) process.stdout.write(options.json ? `${JSON.stringify(each)}\n` : entryText(each));
    left -= entries.length;
    if (left <= 0) return;
  }
}

function entryText(each: Static<typeof entry>): string {
  return `${new Date(each.atMs).toISOString()}  ${each.actor}  ${each.action}  ${each.subject}\n  ${JSON.stringify(detailsOf(each))}\n`;
}

async function verify(options: AuditOptions): Promise<void> {
  let check: ReturnType<typeof auditCheck> | undefined;
  for await (const { counted, entries } of pages(options)) {
    check ??= auditCheck({ counted, seal: options.seal });
    for (const each of entries) check.take(each);
  }
  const verdict = check?.verdict();
  if (!verdict) return;
  process.stdout.write(options.json ? `${JSON.stringify(verdict, undefined, 2)}\n` : verdictText(verdict));
  if (!verdict.holds) process.exitCode = exitCodes['findings or a failed verdict'];
}

function verdictText({ holds, entries, older, dropped, seal, findings }: AuditVerdict): string {
  const lines = [
    `${numberText(entries)} entr${entries === 1 ? 'y' : 'ies'}${dropped === 0 ? '' : `, after ${numberText(dropped)} that were dropped as declared`}${older === 0 ? '' : `, and ${numberText(older)} from before the audit was a chain`}`,
    ...(seal === undefined ? [] : [`Seal ${seal}`]),
  ];
  for (const { code, message } of findings) lines.push(`NOT SO  ${code}`, `  ${message}`);
  return `${[...lines, holds ? 'It holds.' : 'It does not hold.'].join('\n')}\n`;
}
