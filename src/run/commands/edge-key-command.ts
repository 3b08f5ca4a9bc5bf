import { Argument, Option, type Command } from 'commander';
import { Type } from 'typebox';
import { Fault } from '../../kernel/errors.ts';
import { parse, schema } from '../../kernel/schema.ts';
import { askHub, withAccess, type AccessOptions } from './hub-access.ts';

const viewShape = schema(Type.Object({ edge: Type.String(), fingerprint: Type.Optional(Type.String()), refused: Type.Array(Type.String()) }));

interface EdgeKeyOptions extends AccessOptions {
  readonly fingerprint: string | undefined;
  readonly note: string;
  readonly json: boolean;
}

export function edgeKeyCommand(program: Command): void {
  withAccess(program.command('edge-key').description('by what key an edge signs its events; take another one for it, or forget it'))
    .addArgument(new Argument('<action>', 'what to do').choices(['show', 'accept', 'forget']))
    .argument('<edge>', 'the name of the edge')
    .addOption(new Option('--fingerprint <text>', 'accept: of the key, as the refusal and the log of the hub tell it'))
    .addOption(new Option('--note <text>', 'why: it is kept in the audit').default('by hand'))
    .addOption(new Option('--json', 'print JSON').default(false))
    .addHelpText('after', '\nExamples:\n  lineshaft edge-key show bremen-1\n  lineshaft edge-key accept bremen-1 --fingerprint 1f0e-52c3-… --note "new gateway"')
    .action(act);
}

async function act(action: string, edge: string, options: EdgeKeyOptions): Promise<void> {
  const path = `/api/edges/${encodeURIComponent(edge)}/signing-key`;
  const view = parse(viewShape, await answerTo(action, path, options), "The hub's answer");
  const lines = [
    view.fingerprint === undefined ? `No key of ${view.edge} is known: the first that it shows is taken.` : `${view.edge} signs with ${view.fingerprint}`,
    ...view.refused.map((each) => `refused: ${each}`),
  ];
  process.stdout.write(options.json ? `${JSON.stringify(view)}\n` : `${lines.join('\n')}\n`);
}

/** Raises COMMAND_INVALID and the Faults of the hub. */
async function answerTo(action: string, path: string, options: EdgeKeyOptions): Promise<unknown> {
  const { fingerprint, note } = options;
  if (action === 'show') return askHub(options, 'GET', path);
  if (action === 'forget') return askHub(options, 'POST', `${path}/forget`, { note });
  if (fingerprint === undefined) throw new Fault('COMMAND_INVALID', 'Name the key: --fingerprint TEXT, as the refusal tells it.');
  return askHub(options, 'POST', path, { fingerprint, note });
}
