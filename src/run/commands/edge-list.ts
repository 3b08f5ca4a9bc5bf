import { Option, type Command } from 'commander';
import { Type, type Static } from 'typebox';
import { numberText } from '../../kernel/number-text.ts';
import { parse, schema } from '../../kernel/schema.ts';
import { askHub, type AccessOptions } from './hub-access.ts';

const edges = Type.Array(
  Type.Object({
    edge: Type.String(),
    at: Type.String(),
    status: Type.Optional(Type.Object({ bufferDepth: Type.Number(), sources: Type.Array(Type.Object({ connected: Type.Boolean() })) })),
  }),
);
const names = Type.Array(
  Type.Object({
    edge: Type.String(),
    holder: Type.Optional(Type.Object({ identity: Type.String() })),
    refused: Type.Array(Type.Object({ identity: Type.String(), starts: Type.Number(), last: Type.String() })),
  }),
);
const edgesShape = schema(edges);
const namesShape = schema(names);

export function listCommand(edge: Command): void {
  edge
    .command('list')
    .description('the edges that the hub has heard since it began, and those that it refuses because another one has their name')
    .addOption(new Option('--json', 'print JSON').default(false))
    .addHelpText('after', '\nExample:\n  lineshaft edge list --hub https://hub.example:7070\n\n--hub, --key and --data say which hub is asked, with a key that may read.')
    .action(async ({ json }: { readonly json: boolean }, command: Command) => {
      const { hub, key, data } = command.optsWithGlobals<{ readonly hub: readonly string[]; readonly key: string | undefined; readonly data: string }>();
      const access: AccessOptions = { hub: hub[0], key, data };
      const [heard, contested] = await Promise.all([askHub(access, 'GET', '/api/edges'), askHub(access, 'GET', '/api/edge-names')]);
      process.stdout.write(
        json
          ? `${JSON.stringify({ edges: heard, names: contested }, undefined, 2)}\n`
          : listText(parse(edgesShape, heard, "The hub's answer"), parse(namesShape, contested, "The hub's answer")),
      );
    });
}

/** A line for each edge, and below it one for each that is refused in its name. */
export function listText(heard: Static<typeof edges>, contested: Static<typeof names>): string {
  const all = [...new Set([...heard, ...contested].map(({ edge }) => edge))].sort();
  if (all.length === 0) return 'No edge was heard since the hub began.\n';
  const refused = contested.flatMap((name) => name.refused).length;
  const lines = all.flatMap((edge) => {
    const rivals = contested.find((name) => name.edge === edge)?.refused ?? [];
    return [
      `${edge}  ${heardText(heard.find((one) => one.edge === edge))}`,
      ...rivals.map(
        ({ identity, starts, last }) =>
          `  refused: another edge ${identity}, started ${starts === 1 ? 'once' : `${numberText(starts)} times`}, last ${last}; to give it the name: lineshaft edge accept --name ${edge} --identity ${identity}`,
      ),
    ];
  });
  return `${[...lines, `${numberText(all.length)} ${all.length === 1 ? 'edge' : 'edges'}, ${numberText(refused)} refused`].join('\n')}\n`;
}

function heardText(edge: Static<typeof edges>[number] | undefined): string {
  if (!edge) return 'not heard since the hub began';
  const { at, status } = edge;
  if (!status) return `heard ${at}`;
  const up = status.sources.filter(({ connected }) => connected).length;
  return `heard ${at}, ${up} of ${status.sources.length} sources connected, ${numberText(status.bufferDepth)} events wait for the hub`;
}
