import { Option, type Command } from 'commander';
import { Fault } from '../../kernel/errors.ts';
import type { Story } from '../../engine/stories/story.ts';
import { askHub, withAccess, type AccessOptions } from './hub-access.ts';

interface TraceOptions extends AccessOptions {
  readonly json: boolean;
  readonly zone: string;
}

const plainWidth = 120;

export function traceCommand(program: Command): void {
  withAccess(
    program
      .command('trace')
      .argument('<key>', 'a business key: order, shipment, asset, purchase order …')
      .description("tell what happened to an order, batch or shipment in all systems, from the hub's own log"),
  )
    .addOption(new Option('--json', 'print the story as JSON').default(false))
    .addOption(new Option('--zone <zone>', 'time zone of the times shown').default(Intl.DateTimeFormat().resolvedOptions().timeZone).argParser(zoneGiven))
    .addHelpText('after', '\nExamples:\n  lineshaft trace PO-4711\n  lineshaft trace SH-77 --json')
    .action(async (key: string, options: TraceOptions) => {
      const { storyText } = await import('../../engine/stories/story.ts');
      // The hub answers with the story that it built by the same code.
      const story = (await askHub(options, 'GET', `/api/trail/${encodeURIComponent(key)}`)) as Story;
      process.stdout.write(
        options.json ? `${JSON.stringify(story, undefined, 2)}\n` : `${storyText(story, { width: process.stdout.columns ?? plainWidth, zone: options.zone })}\n`,
      );
    });
}

/** Raises COMMAND_INVALID on what is no time zone. */
function zoneGiven(text: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch (error) {
    throw new Fault('COMMAND_INVALID', `There is no time zone "${text}". Write a name such as Europe/Berlin or UTC.`, {}, error);
  }
}
