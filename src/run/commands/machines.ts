import { Argument, type Command } from 'commander';
import type { MachineBacktest } from '../../engine/backtest/machine-backtest.ts';
import type { Read } from '../../engine/backtest/telemetry-csv.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { Machine } from '../../model/machine.ts';
import { forecastText } from './backtest-text.ts';
import { exitCodes } from './failure.ts';
import { landscapeFolder } from './landscape-options.ts';
import { machineText } from './machine-text.ts';
import { blocksFor, instantText, limitsTried, logFor, spanGiven, withRecording, type TriedOptions } from './tried-recording.ts';

const help = `
Examples:
  lineshaft machines backtest packaging.packer-3 --limit packer.dwell=30s
  lineshaft machines backtest packaging.packer-3 --from 2026-11-02T06:00:00Z --to 2026-11-02T14:00:00Z
  lineshaft machines backtest packaging.packer-3 --csv packer.csv --json

Without --csv it plays what the edge in --data recorded. Where the machine is declared as it was then, it gives the changes of then, with their ids.
Columns of a file are the time, the signal of the state (or "value"), and, where the machine has one, its reason (or "reason").

It ends with 1 where something of the recording could not be read, or nothing of the machine's signal is there: the answer is not whole then.

Flows that would have started on the changes are played as "lineshaft rules backtest" does. Nothing is sent and nothing is written.`;

export function machinesCommand(program: Command): void {
  const machines = program.command('machines').description("try machines' states on recorded or imported telemetry");
  withRecording(machines.command('backtest').description('follow a machine over telemetry and print its changes of state'), 'changes whose new state began')
    .addArgument(new Argument('<machine>', 'name of the machine'))
    .addHelpText('after', help)
    .action(backtestMachine);
}

async function backtestMachine(name: string, options: TriedOptions): Promise<void> {
  const [{ loadLandscape }, { machineBacktest }] = await Promise.all([import('../../engine/releases/load.ts'), import('../../engine/backtest/machine-backtest.ts')]);
  const landscape = await loadLandscape(landscapeFolder(options.landscape));
  const machine = machineNamed(landscape, name);
  const limits = await limitsTried(landscape, options);
  const span = spanGiven(options);
  const found = await machineBacktest({ machine, limits, blocks: await blocksFor(readOf(machine), options), ...span, steady: () => performance.now() });
  const [{ backtestForecast }, { machineEvents }] = await Promise.all([import('../backtest-forecast.ts'), import('../../engine/backtest/forecast.ts')]);
  const then =
    options.flows && found.changes.length > 0
      ? await backtestForecast({ landscape, limits, of: machine, given: machineEvents(machine, found.changes), ...logFor(options) })
      : undefined;
  process.stdout.write(
    options.json ? `${JSON.stringify({ ...jsonOf(found), ...(then && { forecast: then }) }, undefined, 2)}\n` : machineText(found, machine) + (then ? forecastText(then) : ''),
  );
  if (found.lost || !found.data) process.exitCode = exitCodes['findings or a failed verdict'];
}

function machineNamed(landscape: Landscape, name: string): Machine {
  const machines = landscape.of('machine');
  const machine = machines.get(name);
  if (machine) return machine;
  throw new Fault('COMMAND_INVALID', `There is no machine "${name}". The landscape has: ${[...machines.keys()].sort().join(', ') || 'none'}.`, { machine: name });
}

function readOf({ on, reason }: Machine): Read {
  return { on, with: reason ? { reason } : {} };
}

function jsonOf({ machine, dwellMs, changes, spans, times, coming, data, samples, lost, refused, judgingMs, readingMs }: MachineBacktest) {
  const spanned = ({ fromMs, toMs }: { readonly fromMs: number | undefined; readonly toMs: number | undefined }) => ({ from: instantText(fromMs), to: instantText(toMs) });
  return {
    machine,
    dwellMs,
    data: data && spanned(data),
    samples,
    lost: lost && { ...lost, parts: lost.parts.map(({ file, blocks, bytes, ...part }) => ({ file, blocks, bytes, ...spanned(part) })) },
    refused,
    changes: changes.map(({ id, data: told }) => ({ id, ...told })),
    spans: spans.map((span) => ({ state: span.state, ...spanned(span), reason: span.reason })),
    times,
    coming: coming && { state: coming.state, since: instantText(coming.atMs) },
    speed: { judgingMs, readingMs },
  };
}
