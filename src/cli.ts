#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { Command } from 'commander';
import { useBuiltSelf } from './run/built-processes.ts';
import { useBundledTypebox } from './run/bundled-typebox.ts';
import { exitCodes, reportFailure } from './run/commands/failure.ts';
import { withoutExperimentalWarnings } from './run/node-warnings.ts';
import { version } from './run/version.ts';

// Hub and edge start in two thirds of the time: compiled code is kept, and a command loads no other command's parts.
enableCompileCache();
useBundledTypebox();
useBuiltSelf();
withoutExperimentalWarnings();

type Add = (program: Command) => void;
const commands: ReadonlyMap<string, () => Promise<Add>> = new Map([
  ['start', async () => (await import('./run/commands/start.ts')).startCommand],
  ['demo', async () => (await import('./run/commands/demo.ts')).demoCommand],
  ['check', async () => (await import('./run/commands/check.ts')).checkCommand],
  ['explain', async () => (await import('./run/commands/explain.ts')).explainCommand],
  ['graph', async () => (await import('./run/commands/graph.ts')).graphCommand],
  ['hub', async () => (await import('./run/commands/hub.ts')).hubCommand],
  ['edge', async () => (await import('./run/commands/edge.ts')).edgeCommand],
  ['edge-key', async () => (await import('./run/commands/edge-key-command.ts')).edgeKeyCommand],
  ['prepare', async () => (await import('./run/commands/prepare.ts')).prepareCommand],
  ['chaos', async () => (await import('./run/commands/chaos.ts')).chaosCommand],
  ['secret', async () => (await import('./run/commands/secret.ts')).secretCommand],
  ['sign-in', async () => (await import('./run/commands/sign-in.ts')).signInCommand],
  ['trace', async () => (await import('./run/commands/trace.ts')).traceCommand],
  ['prove', async () => (await import('./run/commands/prove.ts')).proveCommand],
  ['verify', async () => (await import('./run/commands/verify.ts')).verifyCommand],
  ['audit', async () => (await import('./run/commands/audit.ts')).auditCommand],
  ['backup', async () => (await import('./run/commands/backup.ts')).backupCommand],
  ['restore', async () => (await import('./run/commands/restore.ts')).restoreCommand],
  ['quarantine', async () => (await import('./run/commands/quarantine.ts')).quarantineCommand],
  ['queue', async () => (await import('./run/commands/queue.ts')).queueCommand],
  ['mode', async () => (await import('./run/commands/mode.ts')).modeCommand],
  ['rules', async () => (await import('./run/commands/rules.ts')).rulesCommand],
  ['machines', async () => (await import('./run/commands/machines.ts')).machinesCommand],
  ['runs', async () => (await import('./run/commands/runs.ts')).runsCommand],
  ['call', async () => (await import('./run/commands/call.ts')).callCommand],
  ['run', async () => (await import('./run/commands/run.ts')).runCommand],
  ['replay', async () => (await import('./run/commands/replay.ts')).replayCommand],
  ['kpi', async () => (await import('./run/commands/kpi.ts')).kpiCommand],
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
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever read our output has gone, e.g. `| head`: nothing is wrong. A full disk is.
  const isGone = error.code === 'EPIPE';
  if (!isGone) process.stderr.write(`The output cannot be written: ${error.message}\n`);
  process.exit(isGone ? exitCodes.fine : exitCodes['cannot run here']);
});
// Where nobody hears complaints any more there is nobody to tell of that; the work goes on.
process.stderr.on('error', () => undefined);
// bin/lineshaft.mjs handed over to us: however it ends, we end as after Ctrl-C.
process.on('disconnect', () => {
  if (!process.emit('SIGTERM')) process.exit(exitCodes.fine);
});
process.channel?.unref();

try {
  const named = commands.get(process.argv[2] ?? '');
  for (const load of named ? [named] : commands.values()) (await load())(program);
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error);
}
