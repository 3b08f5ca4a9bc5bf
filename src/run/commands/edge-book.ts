import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { recordOf, type CommandRecord } from '../../engine/edge/commands/command-record.ts';
import { wholeNumber } from './whole-number.ts';

interface BookOptions {
  readonly limit: string;
  readonly json: boolean;
}

const listMax = 100_000;

export function bookCommand(edge: Command): void {
  edge
    .command('commands')
    .description('the commands to machines that came to this edge: who asked for what and why, what was said before and after')
    .addOption(new Option('--limit <number>', 'commands, newest first').default('20'))
    .addOption(new Option('--json', 'one JSON object a line').default(false))
    .addHelpText('after', '\nExample:\n  lineshaft edge commands --data /var/lib/lineshaft --name bremen-1\n\n--data and --name are those of the edge; it may be running.')
    .action(async ({ limit, json }: BookOptions, command: Command) => {
      const { readCommands } = await import('../../store/sqlite/edge-command-book.ts');
      const { data, name } = command.optsWithGlobals<{ readonly data: string; readonly name: string }>();
      const commands = readCommands(join(data, name, 'edge.db'), wholeNumber('--limit', limit, listMax)).map(recordOf);
      process.stdout.write(json ? commands.map((one) => `${JSON.stringify(one)}\n`).join('') : commands.map(recordText).join('\n') || 'No command has come to this edge.\n');
    });
}

function recordText({ order, trail }: CommandRecord): string {
  const lines = trail.map(({ atMs, what, note }) => `  ${new Date(atMs).toISOString()}  ${what}${note === undefined ? '' : `: ${note}`}\n`);
  return `${order.signal}  ${order.id}\n${lines.join('')}`;
}
