import { join } from 'node:path';
import { Option, type Command } from 'commander';
import type { Tapped, TappedSample } from '../../engine/edge/tap.ts';
import { Fault } from '../../kernel/errors.ts';
import type { LandscapeOptions } from './landscape-options.ts';
import { wholeNumber } from './whole-number.ts';

interface TapOptions extends LandscapeOptions {
  readonly name: string;
  readonly source: string | undefined;
  readonly signal: string | undefined;
  readonly count: string;
  readonly seconds: string;
  readonly json: boolean;
}

export function tapCommand(edge: Command): void {
  edge
    .command('tap')
    .description('what comes to an edge that runs on this machine and what it becomes, side by side, as it happens')
    .addOption(new Option('--source <name>', 'of this source only'))
    .addOption(new Option('--signal <name>', 'of the address of this signal only'))
    .addOption(new Option('--count <number>', 'so many values').default('20'))
    .addOption(new Option('--seconds <number>', 'for so long at most').default('30'))
    .addOption(new Option('--json', 'one JSON object a line').default(false))
    .addHelpText('after', '\nExamples:\n  lineshaft edge tap --name bremen-1 --signal press-7.force\n  lineshaft edge tap --name bremen-1 --source plc --count 1000 --json')
    .action(async (_own: unknown, command: Command) => tapEdge(command.optsWithGlobals<TapOptions>()));
}

async function tapEdge({ data, name, source, signal, count, seconds, json }: TapOptions): Promise<void> {
  const { askEdge, tapCountMax, tapSecondsMax } = await import('../edge-door.ts');
  const bounds = { count: wholeNumber('--count', count, tapCountMax, 1), seconds: wholeNumber('--seconds', seconds, tapSecondsMax, 1) };
  for await (const told of askEdge(join(data, name), { ask: 'tap', ...bounds, ...(source !== undefined && { source }), ...(signal !== undefined && { signal }) })) {
    if ('tapped' in told) process.stdout.write(json ? `${JSON.stringify(told.tapped)}\n` : tappedText(told.tapped));
    if (!('end' in told)) continue;
    const { shown, lost } = told.end;
    if (shown === 0) process.stderr.write(`Nothing came within ${bounds.seconds} s.\n`);
    if (lost > 0) process.stderr.write(`${lost} more came faster than they could be shown.\n`);
    return;
  }
  throw new Fault('PROCESS_ENDED', `The edge ${name} has ended.`, { edge: name });
}

function tappedText({ source, address, raw, rawUnit, samples, reasons }: Tapped): string {
  const came = `${source}  ${address}  ${JSON.stringify(raw)}${rawUnit === undefined ? '' : ` ${rawUnit}`}`;
  return [...samples.map(sampleText), ...reasons].map((became) => `${came}  →  ${became}\n`).join('');
}

function sampleText({ signal, value, unit, quality, atMs, held }: TappedSample): string {
  const passing = held === undefined ? 'passed on' : `not passed on: ${held}`;
  return `${signal}  ${JSON.stringify(value)}${unit === '1' ? '' : ` ${unit}`}  ${quality}  ${new Date(atMs).toISOString()}  ${passing}`;
}
