import { Option, type Command } from 'commander';
import { Type } from 'typebox';
import { parse, schema } from '../../kernel/schema.ts';
import { askHub, type AccessOptions } from './hub-access.ts';

const nameShape = schema(
  Type.Object({
    edge: Type.String(),
    holder: Type.Optional(Type.Object({ identity: Type.String(), since: Type.String(), heard: Type.Optional(Type.String()) })),
    refused: Type.Array(Type.Object({ identity: Type.String(), starts: Type.Number(), first: Type.String(), last: Type.String() })),
  }),
);

interface AcceptOptions {
  readonly identity: string | undefined;
  readonly note: string;
  readonly json: boolean;
}

export function acceptCommand(edge: Command): void {
  edge
    .command('accept')
    .description('whose the name of an edge is, and who was refused; with --identity, gives the name to one of those')
    .addOption(new Option('--identity <identity>', 'who is the edge of this name from now on: the beginning of its identity, 8 characters at least'))
    .addOption(new Option('--note <text>', 'why: it is kept in the audit').default('accepted by hand'))
    .addOption(new Option('--json', 'print JSON').default(false))
    .addHelpText(
      'after',
      '\nExample:\n  lineshaft edge accept --name bremen-1 --identity 1f0e52c3 --note "new gateway"\n\n--name is that of the edge; --hub, --key and --data say which hub is asked, with a key that may act.',
    )
    .action(async ({ identity, note, json }: AcceptOptions, command: Command) => {
      const { name, hub, key, data } = command.optsWithGlobals<{
        readonly name: string;
        readonly hub: readonly string[];
        readonly key: string | undefined;
        readonly data: string;
      }>();
      const access: AccessOptions = { hub: hub[0], key, data };
      const path = `/api/edges/${encodeURIComponent(name)}/name`;
      const answer = await (identity === undefined ? askHub(access, 'GET', path) : askHub(access, 'POST', path, { identity, note }));
      if (json) {
        process.stdout.write(`${JSON.stringify(answer)}\n`);
        return;
      }
      const { holder, refused } = parse(nameShape, answer, "The hub's answer");
      const lines = [
        holder ? `${name} is ${holder.identity} since ${holder.since}${holder.heard === undefined ? '' : `, heard ${holder.heard}`}` : `Nobody has the name ${name} yet.`,
        ...refused.map((one) => `refused: ${one.identity}, started ${one.starts} times, from ${one.first} to ${one.last}`),
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    });
}
