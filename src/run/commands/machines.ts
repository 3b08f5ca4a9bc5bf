import { Argument, Option, type Command } from 'commander';
import type { MachineBacktest } from '../../engine/backtest/machine-backtest.ts';
import type { ScoredChange } from '../../engine/backtest/state-labels.ts';
import type { Read } from '../../engine/backtest/telemetry-csv.ts';
import { durationMs, isDuration } from '../../kernel/duration.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { Machine } from '../../model/machine.ts';
import { forecastText } from './backtest-text.ts';
import { exitCodes } from './failure.ts';
import { landscapeFolder } from './landscape-options.ts';
import { machineText } from './machine-text.ts';
import { plotFileOf, writePlot } from './plot-file.ts';
import { blocksFor, instantText, limitsTried, logFor, spanGiven, textOf, withRecording, type TriedOptions } from './tried-recording.ts';

const help = `
Examples:
  lineshaft machines backtest packaging.packer-3 --limit packer.dwell=30s
  lineshaft machines backtest packaging.packer-3 --from 2026-11-02T06:00:00Z --to 2026-11-02T14:00:00Z
  lineshaft machines backtest packaging.packer-3 --csv packer.csv --labels shift.csv --plot packer.svg

Without --csv it plays what the edge in --data recorded. Where the machine is declared as it was then, it gives the changes of then, with their ids.
Columns of a file are the time, the signal of the state (or "value"), and, where the machine has one, its reason (or "reason").

It ends with 1 where something of the recording could not be read, or nothing of the machine's signal is there: the answer is not whole then.

Flows that would have started on the changes are played as "lineshaft rules backtest" does. Nothing is sent and nothing is written but the plot.`;

export function machinesCommand(program: Command): void {
  const machines = program.command('machines').description("try machines' states on recorded or imported telemetry");
  withRecording(machines.command('backtest').description('follow a machine over telemetry and print its changes of state'), 'changes whose new state began')
    .addArgument(new Argument('<machine>', 'name of the machine'))
    .addOption(new Option('--labels <file>', 'states by hand: lines "from,to,state", or JSON [["from","to","state"]]'))
    .addOption(new Option('--within <duration>', 'how far a change may lie from the labelled one').default('1m'))
    .addOption(new Option('--plot <file>', 'draw states and labels over time into this SVG file'))
    .addHelpText('after', help)
    .action(backtestMachine);
}

interface MachineOptions extends TriedOptions {
  readonly labels: string | undefined;
  readonly within: string;
  readonly plot: string | undefined;
}

/** Raises COMMAND_INVALID. */
function withinOf({ within }: MachineOptions): number {
  if (isDuration(within)) return durationMs(within);
  throw new Fault('COMMAND_INVALID', `--within ${within} is no duration. Write it as 30s or 2m.`, { within });
}

async function backtestMachine(name: string, options: MachineOptions): Promise<void> {
  const plotFile = plotFileOf(options);
  const withinMs = withinOf(options);
  const [{ loadLandscape }, { machineBacktest }] = await Promise.all([import('../../engine/releases/load.ts'), import('../../engine/backtest/machine-backtest.ts')]);
  const landscape = await loadLandscape(landscapeFolder(options.landscape));
  const machine = machineNamed(landscape, name);
  const limits = await limitsTried(landscape, options);
  const span = spanGiven(options);
  const { readStateLabels } = await import('../../engine/backtest/state-labels.ts');
  const labels = options.labels === undefined ? undefined : readStateLabels(await textOf(options.labels));
  const found = await machineBacktest({ machine, limits, labels, withinMs, blocks: await blocksFor(readOf(machine), options), ...span, steady: () => performance.now() });
  if (plotFile !== undefined) {
    const { machinePlot } = await import('../../engine/backtest/machine-plot.ts');
    const { data, spans, score } = found;
    await writePlot(plotFile, data && machinePlot({ title: `${machine.name}: ${machine.title}`, data, spans, labels: labels ?? [], score }));
  }
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

function readOf({ on, reason, codes, levels }: Machine): Read {
  return { on, with: reason ? { reason } : {}, ...(!levels && { isKnown: (value) => Object.hasOwn(codes, asCode(on, value)) }) };
}

/** A field of a file as the codes of a machine have it: a number without what it may be written with beside. */
function asCode({ type }: Machine['on'], field: string): string {
  return type === 'number' ? String(Number(field)) : type === 'boolean' ? String(field === 'true' || field === '1') : field;
}

function jsonOf({ machine, dwellMs, changes, spans, times, coming, score, data, samples, lost, refused, judgingMs, readingMs }: MachineBacktest) {
  const spanned = ({ fromMs, toMs }: { readonly fromMs: number | undefined; readonly toMs: number | undefined }) => ({ from: instantText(fromMs), to: instantText(toMs) });
  const scored = ({ atMs, ...change }: ScoredChange) => ({ at: instantText(atMs), ...change });
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
    score: score && { ...score, missed: score.missed.map(scored), invented: score.invented.map(scored) },
    speed: { judgingMs, readingMs },
  };
}
