import type { Comparison } from './comparison.ts';
import type { Figure } from './question.ts';
import { spreadOf, type Spread } from './spread.ts';

/** One line of the result; the fields up to `runs` are the ones that scripts read. */
export interface Row {
  readonly id: string;
  readonly unit: string;
  readonly ours: Spread;
  readonly peers: readonly { readonly name: string; readonly median: number }[];
  /** Ours divided by the better peer: the median of the runs. */
  readonly ratio: number | null;
  readonly runs: number;
  readonly what: string;
  /** Ours divided by each peer, run by run. */
  readonly ratios: Readonly<Record<string, Spread>>;
  readonly target: string;
  readonly ok: boolean;
  /** CPU time of all processes for one unit of work, median, in milliseconds. */
  readonly cpuMs: Readonly<Record<string, number>>;
  /** Peers that could not be measured, and why. */
  readonly absent: readonly string[];
}

/** A row per figure; only the first is compared with peers. */
export function rowsOf(comparison: Comparison): readonly Row[] {
  return comparison.question.figures.map((figure, index) => rowOf(comparison, figure, index === 0));
}

function rowOf({ question, ours, peers, absent }: Comparison, figure: Figure, first: boolean): Row {
  const valuesOf = (answers: Comparison['ours']): number[] => answers.map(({ values }) => values[figure.name] ?? Number.NaN);
  const own = valuesOf(ours);
  const compared = first ? peers.map(({ peer, answers }) => ({ peer, values: valuesOf(answers), answers })) : [];
  const sides = compared.map(({ peer, values }) => ({ name: peer.name, median: spreadOf(values).median }));
  const better = sides.toSorted((a, b) => (figure.better === 'higher' ? b.median - a.median : a.median - b.median))[0];
  const ratios = Object.fromEntries(compared.map(({ peer, values }) => [peer.name, spreadOf(own.map((value, run) => value / (values[run] ?? Number.NaN)))]));
  const reached = (value: number, target: number): boolean => (figure.better === 'higher' ? value >= target : value <= target);
  const sign = figure.better === 'higher' ? '≥' : '≤';
  const wanted = question.peers.flatMap(({ name, ratio }) => (first && ratio !== undefined ? [{ name, ratio }] : []));
  const cpu = [{ name: question.ours.name, answers: ours }, ...compared.map(({ peer, answers }) => ({ name: peer.name, answers }))];
  return {
    id: first ? question.id : `${question.id} ${figure.name}`,
    unit: figure.unit,
    ours: spreadOf(own),
    peers: sides,
    ratio: better ? (ratios[better.name]?.median ?? null) : null,
    runs: ours.length,
    what: figure.what,
    ratios,
    target: [`${sign} ${figure.target.toLocaleString('en')}`, ...wanted.map(({ name, ratio }) => `${sign} ${ratio} × ${name}`)].join(', '),
    ok: reached(spreadOf(own).median, figure.target) && wanted.every(({ name, ratio }) => ratios[name] === undefined || reached(ratios[name].median, ratio)),
    cpuMs: Object.fromEntries(
      cpu.flatMap(({ name, answers }) => {
        const costs = answers.flatMap(({ cpuMs }) => cpuMs ?? []);
        return costs.length === 0 ? [] : [[name, spreadOf(costs).median]];
      }),
    ),
    absent: first ? absent : [],
  };
}

/** The rows for a person. */
export function tableText(rows: readonly Row[]): string {
  const head = ['id', 'what', 'unit', 'ours (min–max)', 'peers', 'ours ÷ peer (min–max)', 'CPU ms each', 'target', 'ok?'];
  const cells = rows.map((row) => [
    row.id,
    row.what,
    row.unit,
    spreadText(row.ours),
    row.peers.map(({ name, median }) => `${name} ${short(median)}`).join(', ') || '–',
    Object.entries(row.ratios)
      .map(([name, spread]) => `${spreadText(spread)} ${name}`)
      .join(', ') || '–',
    Object.entries(row.cpuMs)
      .map(([name, ms]) => `${name} ${short(ms)}`)
      .join(', ') || '–',
    row.target,
    row.ok ? 'yes' : 'no',
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((line) => line[column]?.length ?? 0)));
  const lines = [head, widths.map((width) => '-'.repeat(width)), ...cells].map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, ...rows.flatMap(({ id, absent }) => absent.map((reason) => `${id}: without ${reason}`))].join('\n');
}

function spreadText({ median, min, max }: Spread): string {
  return `${short(median)} (${short(min)}–${short(max)})`;
}

/** Three digits that matter. */
function short(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3).replace(/\.?0+$/, '');
}
