import { Option, type Command } from 'commander';
import type { Interaction, Pattern } from '../../engine/graph/interaction.ts';
import { landscapeFolder } from './landscape-options.ts';

interface GraphOptions {
  readonly landscape: string;
  readonly by: 'pattern' | 'system';
  readonly json: boolean;
}

const titles: Readonly<Record<Pattern, string>> = {
  call: 'Synchronous call: who asks waits for the answer',
  command: 'Asynchronous command: recorded, then sent when its system can take it',
  event: 'Event: told once, kept in the log',
  stream: 'Stream: values without an end, judged at the edge',
  file: 'File or batch: many at once',
};

export function graphCommand(program: Command): void {
  program
    .command('graph')
    .description('list how the parts of a landscape work together: by pattern or system, with limits and reason')
    .addOption(new Option('--landscape <dir>', 'the folder of the landscape').default('.'))
    .addOption(new Option('--by <what>', 'what they are listed by').choices(['pattern', 'system']).default('pattern'))
    .addOption(new Option('--json', 'print JSON').default(false))
    .addHelpText('after', '\nExamples:\n  lineshaft graph --landscape examples/packaging-plant --by pattern\n  lineshaft graph --by system --json')
    .action(graph);
}

async function graph({ landscape: folder, by, json }: GraphOptions): Promise<void> {
  const [{ loadLandscape }, { landscapeGraph }, { interactionsOf }] = await Promise.all([
    import('../../engine/releases/load.ts'),
    import('../../engine/graph/landscape-graph.ts'),
    import('../../engine/graph/interaction.ts'),
  ]);
  const landscape = await loadLandscape(landscapeFolder(folder));
  const interactions = interactionsOf(landscape, await landscapeGraph(landscape, landscape.limits), landscape.limits);
  process.stdout.write(json ? `${JSON.stringify(interactions, undefined, 2)}\n` : listed(interactions, by) || 'Nothing works together in this landscape yet.\n');
}

function listed(interactions: readonly Interaction[], by: GraphOptions['by']): string {
  const heads = (one: Interaction): readonly string[] => (by === 'pattern' ? [titles[one.pattern]] : one.systems.length === 0 ? ['no system'] : one.systems);
  const groups = Map.groupBy(
    interactions.flatMap((one) => heads(one).map((head) => ({ head, one }))),
    ({ head }) => head,
  );
  return [...groups].map(([head, members]) => `${head} (${members.length})\n${members.map(({ one }) => interactionText(one, by)).join('')}`).join('\n');
}

function interactionText({ pattern, id, systems, by: begun, limits, why, whyFrom }: Interaction, by: GraphOptions['by']): string {
  const place = by === 'system' ? `  ${pattern}` : systems.length === 0 ? '' : `  ${systems.join(', ')}`;
  const from = begun.length === 0 ? '' : `  by ${begun.join(', ')}`;
  const held = limits.length === 0 ? '' : `    limits: ${limits.join('; ')}\n`;
  return `  ${id}${place}${from}\n${held}    why: ${why}${whyFrom === 'landscape' ? '' : ' (follows from the pattern)'}\n`;
}
