import type { RuleSettings, Term } from '../rules/rule-settings.ts';
import type { FoundEpisode, LabelledWindow } from './labels.ts';

/** What was measured within one column of a plot. */
export interface PlotColumn {
  lowest: number;
  highest: number;
}

/** The course of a signal in as many columns as a plot is wide, however many samples there were. */
export interface Course {
  add(times: ArrayLike<number>, values: ArrayLike<number>): void;
  /** Begins with what was told last before its time, where nothing was told at its beginning. */
  holdOn(): void;
  readonly fromMs: number;
  readonly toMs: number;
  readonly columns: readonly (PlotColumn | undefined)[];
}

const width = 1_200;
const height = 320;
const margin = { left: 64, right: 16, top: 28, bottom: 28 };
const plotWidth = width - margin.left - margin.right;
const plotHeight = height - margin.top - margin.bottom;

export function course(fromMs: number, toMs: number): Course {
  const columns = Array.from({ length: plotWidth }, (): PlotColumn | undefined => undefined);
  const perMs = plotWidth / Math.max(1, toMs - fromMs);
  let before: { readonly atMs: number; readonly value: number } | undefined;
  return {
    fromMs,
    toMs,
    columns,
    add(times, values) {
      for (let index = 0; index < times.length; index++) {
        const [atMs, value] = [times[index] ?? 0, values[index] ?? 0];
        if (atMs < fromMs && !(before && before.atMs > atMs)) before = { atMs, value };
        if (atMs < fromMs || atMs > toMs) continue;
        const place = Math.min(plotWidth - 1, Math.floor((atMs - fromMs) * perMs));
        const column = columns[place];
        if (!column) columns[place] = { lowest: value, highest: value };
        else if (value < column.lowest) column.lowest = value;
        else if (value > column.highest) column.highest = value;
      }
    },
    holdOn() {
      if (before) columns[0] ??= { lowest: before.value, highest: before.value };
    },
  };
}

export interface PlotParts {
  readonly title: string;
  readonly unit: string;
  readonly course: Course;
  readonly episodes: readonly FoundEpisode[];
  readonly windows: readonly LabelledWindow[];
  /** In the signal's unit; undefined where there is none. */
  readonly limit: DrawnLimit | undefined;
}

/** Where a limit lies: at a value, or at a share of what another signal was then. */
export type DrawnLimit = { readonly value: number } | { readonly percent: number; readonly of: Course };

const drawnWindows: ReadonlySet<Term['of']> = new Set(['last', 'average', 'minimum', 'maximum', 'median', 'ewma']);

/** How the limit of a rule's first threshold on its own signal can be drawn beside that; undefined where it is of something else. */
export function limitKind({ of, series, perMs, percentOf, composed }: RuleSettings): 'limit' | 'percent' | undefined {
  const isOwn = composed === undefined || composed.leaves.some((leaf) => leaf.kind === 'term' && leaf.series === undefined);
  if (!isOwn || series !== undefined || perMs !== undefined || !drawnWindows.has(of)) return undefined;
  return percentOf === undefined ? 'limit' : 'percent';
}

export function drawnLimit(settings: RuleSettings, target: Course | undefined): DrawnLimit | undefined {
  const kind = limitKind(settings);
  if (kind === 'limit') return { value: settings.limit };
  return kind === 'percent' && target ? { percent: settings.limit, of: target } : undefined;
}

/** The limit at each column, from the first one at which it is known. */
function levelsOf(limit: DrawnLimit, columns: number): readonly (number | undefined)[] {
  if ('value' in limit) return Array.from({ length: columns }, () => limit.value);
  let level: number | undefined;
  return limit.of.columns.map((column) => (level = column ? (column.highest * limit.percent) / 100 : level));
}

/** A backtest as SVG 1.1: the signal, what the rule would have said of it, and what people know. */
export function backtestPlot({ title, unit, course: drawn, episodes, windows, limit }: PlotParts): string {
  const known = drawn.columns.filter((column) => column !== undefined);
  const levels = limit === undefined ? [] : levelsOf(limit, drawn.columns.length);
  const values = [...known.flatMap(({ lowest, highest }) => [lowest, highest]), ...levels.flatMap((level) => level ?? [])];
  const [bottom, top] = [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)];
  const spread = top > bottom ? top - bottom : 1;
  const y = (value: number): string => (margin.top + plotHeight * (1 - (value - bottom) / spread)).toFixed(1);
  const x = (atMs: number): number => margin.left + (plotWidth * (Math.min(drawn.toMs, Math.max(drawn.fromMs, atMs)) - drawn.fromMs)) / Math.max(1, drawn.toMs - drawn.fromMs);
  const band = (from: number, to: number, style: string, top_: number, tall: number, name: string): string =>
    `<rect x="${x(from).toFixed(1)}" y="${top_}" width="${Math.max(1, x(to) - x(from)).toFixed(1)}" height="${tall}" ${style}><title>${escaped(name)}</title></rect>`;
  const line = drawn.columns.flatMap((column, index) => (column ? [`M${margin.left + index} ${y(column.highest)}V${(Number(y(column.lowest)) + 0.8).toFixed(1)}`] : [])).join('');
  const span = (from: number, to: number): string => `${instant(from)} … ${instant(to)}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" role="img" aria-label="${escaped(title)}">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${margin.left}" y="18" font-weight="bold" fill="#111">${escaped(title)}</text>`,
    ...windows.map(({ fromMs, toMs }) => band(fromMs, toMs, 'fill="#cfe3ff"', margin.top, plotHeight, `known: ${span(fromMs, toMs)}`)),
    ...episodes.map(({ startMs, endMs, firedMs }) =>
      band(startMs, endMs ?? drawn.toMs, 'fill="#d33" fill-opacity="0.25"', margin.top, plotHeight, `fired ${instant(firedMs)}, episode ${span(startMs, endMs ?? drawn.toMs)}`),
    ),
    ...episodes.map(({ firedMs }) => `<path d="M${x(firedMs).toFixed(1)} ${margin.top}v${plotHeight}" stroke="#b00" stroke-width="1.5"/>`),
    `<path d="${line}" stroke="#345" stroke-width="1.2" fill="none"/>`,
    ...(levels.some((level) => level !== undefined) ? [`<path d="${limitPath(levels, y)}" stroke="#b60" stroke-dasharray="6 4" fill="none"/>`] : []),
    ...(known.length === 0 ? [] : [bottom, top].map((value) => `<text x="${margin.left - 6}" y="${Number(y(value)) + 4}" text-anchor="end" fill="#333">${round(value)}</text>`)),
    `<text x="${margin.left - 6}" y="18" text-anchor="end" fill="#333">${escaped(unit)}</text>`,
    `<text x="${margin.left}" y="${height - 8}" fill="#333">${instant(drawn.fromMs)}</text>`,
    `<text x="${width - margin.right}" y="${height - 8}" text-anchor="end" fill="#333">${instant(drawn.toMs)}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function limitPath(levels: readonly (number | undefined)[], y: (value: number) => string): string {
  let before: number | undefined;
  const steps = levels.flatMap((level, index) => {
    if (level === undefined || level === before) return [];
    const x = margin.left + index;
    const step = before === undefined ? `M${x} ${y(level)}` : `H${x}V${y(level)}`;
    before = level;
    return [step];
  });
  return `${steps.join('')}H${margin.left + plotWidth}`;
}

function round(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** An instant in a plot; nothing where there is none. */
export function instant(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : '';
}

/** A text within SVG. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
