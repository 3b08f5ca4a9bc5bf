// The matrix as rows, and as a table that a person can read.
import { isClean, type Tally } from '../../counterparts/verdict/tally.ts';
import type { TrialResult } from './trial-result.ts';

/** One cell: all its runs together. */
export interface ChaosRow extends Tally {
  readonly fault: string;
  readonly mode: string;
  readonly runs: number;
  /** The longest of its runs: from the last thing that was done to the world until the ledgers were as they must be; null where they never were. */
  readonly convergeMs: number | null;
}

export function isGood({ tally }: Pick<TrialResult, 'tally'>): boolean {
  return isClean(tally);
}

/** In the order in which they were first played. */
export function rowsOf(results: readonly TrialResult[]): readonly ChaosRow[] {
  const cells = Map.groupBy(results, ({ fault, mode }) => `${fault} ${mode}`);
  return [...cells.values()].flatMap((cell) => {
    const [first] = cell;
    if (!first) return [];
    const sum = (name: keyof Tally): number => cell.reduce((total, { tally }) => total + tally[name], 0);
    const converged = cell.map(({ convergeMs }) => convergeMs);
    return [
      {
        fault: first.fault,
        mode: first.mode,
        runs: cell.length,
        lost: sum('lost'),
        duplicated: sum('duplicated'),
        outOfOrder: sum('outOfOrder'),
        unowned: sum('unowned'),
        convergeMs: converged.every((ms) => ms !== undefined) ? Math.max(...converged.map((ms) => ms ?? 0)) : null,
      },
    ];
  });
}

const heads = ['fault', 'mode', 'runs', 'lost', 'twice', 'order', 'unowned', 'converged'] as const;

export function chaosTable(results: readonly TrialResult[]): string {
  const rows = rowsOf(results).map((row) => [
    row.fault,
    row.mode,
    String(row.runs),
    ...[row.lost, row.duplicated, row.outOfOrder, row.unowned].map((count) => (count === 0 ? '·' : String(count))),
    row.convergeMs === null ? 'never' : `${(row.convergeMs / 1_000).toFixed(1)} s`,
  ]);
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string => cells.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ');
  const good = results.filter(({ tally }) => isClean(tally)).length;
  return [
    `  ${line(heads)}`,
    ...rows.map((row, index) => `${isClean(rowsOf(results)[index] ?? nothingKnown) ? ' ' : '✗'} ${line(row)}`),
    '',
    ...stories(results),
    `${good} of ${results.length} runs lost nothing, did nothing twice, kept the order and left nothing without an owner.`,
    '',
  ].join('\n');
}

const nothingKnown: Tally = { lost: 1, duplicated: 0, outOfOrder: 0, unowned: 0 };

/** What went wrong, run by run, with what plays it again. */
function stories(results: readonly TrialResult[]): readonly string[] {
  return results
    .filter(({ tally }) => !isClean(tally))
    .flatMap(({ fault, mode, detail, seed, wrong }) => [
      `✗ ${fault} / ${mode}${detail === undefined ? '' : ` / ${detail}`}, seed ${seed}`,
      ...wrong.map((line) => `    ${line}`),
      `    again: lineshaft chaos --fault "${[fault, mode, ...(detail === undefined ? [] : [detail])].join('/')}" --seed ${seed}`,
      '',
    ]);
}

/** One run, as it ends. */
export function runLine({ fault, mode, detail, seed, tally, tookMs, wrong }: TrialResult): string {
  const where = [fault.padEnd(20), (detail ?? mode).padEnd(48), `seed ${seed}`.padEnd(8), `${(tookMs / 1_000).toFixed(1)} s`.padStart(6)].join('  ');
  return [`${isClean(tally) ? '✓' : '✗'} ${where}`, ...wrong.map((line) => `      ${line}`)].join('\n');
}
