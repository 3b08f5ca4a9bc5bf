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
    ...scoreText(found),
    ...(coming ? [`  ${coming.state} since ${instant(coming.atMs)} has not lasted for the dwell yet.`] : []),
    ...(found.lost ? ['What could not be read is left out: the answer is not whole.'] : []),
    '',
  ].join('\n');
}

function readText({ samples, judgingMs, refused: { late, unknown } }: MachineBacktest): string {
  const left = [...(late > 0 ? [`${numberText(late)} late`] : []), ...(unknown > 0 ? [`${numberText(unknown)} of no known state`] : [])];
  return `${samples.own === 1 ? '1 value' : `${numberText(samples.own)} values`} in ${numberText(Math.round(judgingMs))} ms${left.length === 0 ? '' : `; left out: ${left.join(', ')}`}`;
}

function changeText({ atMs, id, data: { from, to, lasted, reason, toReason } }: MachineBacktest['changes'][number]): string {
  const why = (given: string | undefined): string => (given === undefined ? '' : ` (${given})`);
  return `  ${instant(atMs)}  ${from}${why(reason)} → ${to}${why(toReason)}  after ${durationText(lasted)}  ${id}`;
}

function countText(count: number): string {
  return count === 0 ? 'No change of its state would have been told.' : `${count === 1 ? 'One change' : `${numberText(count)} changes`} of its state would have been told.`;
}

/** How it agrees with what people know. */
function scoreText({ score }: MachineBacktest): readonly string[] {
  if (!score) return [];
  if (score.labelledMs === 0) return ['Nothing of that time is labelled.'];
  const { labelledMs, agreedMs, states, changes, missed, invented, withinMs } = score;
  const share = (part: number, whole: number): string => (whole === 0 ? '–' : percent(part / whole));
  const named = (what: string, list: typeof missed): readonly string[] => [
    ...list.slice(0, listedMax).map(({ atMs, from, to }) => `  ${what}  ${instant(atMs)}  ${from} → ${to}`),
    ...(list.length > listedMax ? [`  … and ${numberText(list.length - listedMax)} more`] : []),
  ];
  return [
    `By hand: ${percent(agreedMs / labelledMs)} of ${durationText(labelledMs)} agree; ${numberText(missed.length)} of ${numberText(changes)} changes missed, ${numberText(invented.length)} invented (within ${durationText(withinMs)}).`,
    ...states.map(
      (each) =>
        `  ${each.state}  ${share(each.agreedMs, each.labelledMs)} of ${durationText(each.labelledMs)} recognised, ${share(each.agreedMs, each.followedMs)} of ${durationText(each.followedMs)} right`,
    ),
    ...named('missed', missed),
    ...named('invented', invented),
  ];
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
