import type { MachineBacktest } from '../../engine/backtest/machine-backtest.ts';
import { durationText } from '../../kernel/duration.ts';
import { numberText } from '../../kernel/number-text.ts';
import type { Machine } from '../../model/machine.ts';
import { instant, lostText, percent } from './backtest-text.ts';

const listedMax = 50;

/** A machine that was followed, for a terminal. */
export function machineText(found: MachineBacktest, machine: Machine): string {
  const { data, changes, dwellMs, coming } = found;
  return [
    `${machine.name}: ${machine.title}`,
    `  dwell  ${durationText(dwellMs)}`,
    data ? `  data   ${instant(data.fromMs)} … ${instant(data.toMs)}, ${readText(found)}` : '  data   none: nothing of its signal is there',
    ...lostText(found),
    '',
    ...changes.slice(0, listedMax).map(changeText),
    ...(changes.length > listedMax ? [`  … and ${numberText(changes.length - listedMax)} more`] : []),
    data === undefined ? 'It cannot be told how it would have changed.' : countText(changes.length),
    ...timesText(found),
    ...(coming ? [`  ${coming.state} since ${instant(coming.atMs)} has not lasted for the dwell yet.`] : []),
    ...(found.lost ? ['What could not be read is left out: the answer is not whole.'] : []),
    '',
  ].join('\n');
}

function readText({ samples, judgingMs, refused: { late, unknown } }: MachineBacktest): string {
  const left = [...(late > 0 ? [`${numberText(late)} late`] : []), ...(unknown > 0 ? [`${numberText(unknown)} of no known state`] : [])];
  return `${numberText(samples.own)} values in ${numberText(Math.round(judgingMs))} ms${left.length === 0 ? '' : `; left out: ${left.join(', ')}`}`;
}

function changeText({ atMs, id, data: { from, to, lasted, reason, toReason } }: MachineBacktest['changes'][number]): string {
  const why = (given: string | undefined): string => (given === undefined ? '' : ` (${given})`);
  return `  ${instant(atMs)}  ${from}${why(reason)} → ${to}${why(toReason)}  after ${durationText(lasted)}  ${id}`;
}

function countText(count: number): string {
  return count === 0 ? 'No change of its state would have been told.' : `${count === 1 ? 'One change' : `${numberText(count)} changes`} of its state would have been told.`;
}

function timesText({ times }: MachineBacktest): readonly string[] {
  const all = times.reduce((sum, { ms }) => sum + ms, 0);
  const shown = times.slice(0, listedMax);
  return [
    ...shown.map(
      ({ state, reason, count, ms }) =>
        `  ${state}${reason === undefined ? '' : ` (${reason})`}  ${durationText(ms)}, ${all > 0 ? percent(ms / all) : '–'}, ${count === 1 ? 'once' : `${numberText(count)} times`}`,
    ),
    ...(times.length > shown.length ? [`  … and ${numberText(times.length - shown.length)} more`] : []),
  ];
}
