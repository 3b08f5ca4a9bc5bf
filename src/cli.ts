#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { Command } from 'commander';
import { exitCodes, reportFailure } from './run/commands/failure.ts';
import { version } from './run/version.ts';

// Hub and edge start in two thirds of the time: compiled code is kept, and a command loads no other command's parts.
enableCompileCache();

type Add = (program: Command) => void;
const commands: ReadonlyMap<string, () => Promise<Add>> = new Map([
  ['start', async () => (await import('./run/commands/start.ts')).startCommand],
  ['demo', async () => (await import('./run/commands/demo.ts')).demoCommand],
  ['check', async () => (await import('./run/commands/check.ts')).checkCommand],
  ['hub', async () => (await import('./run/commands/hub.ts')).hubCommand],
  ['edge', async () => (await import('./run/commands/edge.ts')).edgeCommand],
  ['trace', async () => (await import('./run/commands/trace.ts')).traceCommand],
  ['exceptions', async () => (await import('./run/commands/exceptions.ts')).exceptionsCommand],
]);

const program = new Command('lineshaft')
  .description('The interoperability layer for manufacturers: events from the plant floor, durable flows across systems, one effect per intent.')
  .version(version)
  .showHelpAfterError('(run with --help for examples)')
  .configureHelp({ showGlobalOptions: true })
  .addHelpText(
    'after',
    `
Examples:
  lineshaft demo                                  play the packaging line and stay up
  lineshaft check                                 check the landscape in this folder
  lineshaft start --env environments/test.yaml    hub and edge of your landscape on this machine
  lineshaft trace PO-4711                         what happened to this order, in all systems

Exit codes: ${Object.entries(exitCodes)
      .map(([name, code]) => `${code} ${name}`)
      .join(', ')}.`,
  );

program.exitOverride();
// Whoever read our output may have gone, e.g. `| head`.
process.stdout.on('error', () => process.exit(exitCodes.fine));

try {
  const named = commands.get(process.argv[2] ?? '');
  for (const load of named ? [named] : commands.values()) (await load())(program);
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error);
}
