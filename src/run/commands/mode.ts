import { Argument, Option, type Command } from 'commander';
import { Type } from 'typebox';
import { numberText } from '../../kernel/number-text.ts';
import { parse, schema } from '../../kernel/schema.ts';
import { askHub, withAccess } from './hub-access.ts';
import { lineOf, named, queueShape, reasonIn, tell, type SystemOptions } from './system-order.ts';

const modesShape = schema(
  Type.Array(Type.Object({ system: Type.String(), mode: Type.String(), since: Type.String(), reason: Type.String(), by: Type.String(), waiting: Type.Number() })),
);

interface ModeOptions extends SystemOptions {
  readonly for: string | undefined;
}

export function modeCommand(program: Command): void {
  withAccess(program.command('mode').description('set and end the mode of a system by hand'))
    .addArgument(new Argument('[action]', 'what to do').choices(['list', 'set', 'end']).default('list'))
    .argument('[system]', 'which system')
    .argument('[mode]', 'for set: which mode', 'maintenance')
    .addOption(new Option('--reason <text>', 'why: it is kept in the audit'))
    .addOption(new Option('--for <duration>', 'for set: how long, e.g. 2h; without it until it is ended'))
    .addOption(new Option('--json', 'print JSON').default(false))
    .addHelpText(
      'after',
      '\nExamples:\n  lineshaft mode\n  lineshaft mode set erp maintenance --for 2h --reason "quarter-end closing"\n  lineshaft mode end erp --reason "done early"',
    )
    .action(mode);
}

async function mode(action: string, system: string | undefined, name: string, options: ModeOptions): Promise<void> {
  if (action === 'list') {
    const answer = await askHub(options, 'GET', '/api/modes');
    tell(options, answer, () => parse(modesShape, answer, "The hub's answer").map(modeLine).join('\n'));
    return;
  }
  const path = `/api/modes/${encodeURIComponent(named(system, `mode ${action}`))}`;
  const reason = reasonIn(options, `mode ${action}`);
  const answer =
    action === 'set'
      ? await askHub(options, 'POST', path, { mode: name, reason, ...(options.for === undefined ? {} : { for: options.for }) })
      : await askHub(options, 'POST', `${path}/end`, { reason });
  tell(options, answer, () => lineOf(parse(queueShape, answer, "The hub's answer")));
}

interface ModeLine {
  readonly system: string;
  readonly mode: string;
  readonly since: string;
  readonly reason: string;
  readonly by: string;
  readonly waiting: number;
}

function modeLine({ system, mode: now, since, reason, by, waiting }: ModeLine): string {
  return `${system}  ${now}  since ${since}${reason === '' ? '' : `  ${reason}`}${by === 'lineshaft' ? '' : ` (${by})`}${waiting > 0 ? `  ${numberText(waiting)} wait` : ''}`;
}
