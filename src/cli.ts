#!/usr/bin/env node
import { Command } from 'commander';
import { checkCommand } from './run/commands/check.ts';
import { demoCommand } from './run/commands/demo.ts';
import { edgeCommand } from './run/commands/edge.ts';
import { exceptionsCommand } from './run/commands/exceptions.ts';
import { hubCommand } from './run/commands/hub.ts';
import { startCommand } from './run/commands/start.ts';
import { traceCommand } from './run/commands/trace.ts';
import { exitCodes, reportFailure } from './run/commands/failure.ts';
import { version } from './run/version.ts';

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

Exit codes: ${Object.entries(exitCodes).map(([name, code]) => `${code} ${name}`).join(', ')}.`,
  );

for (const add of [startCommand, demoCommand, checkCommand, hubCommand, edgeCommand, traceCommand, exceptionsCommand]) add(program);
program.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error);
}
