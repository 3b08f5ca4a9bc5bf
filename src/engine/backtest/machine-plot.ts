import type { MachineBacktest, ReasonedSpan } from './machine-backtest.ts';
import { escaped, instant } from './backtest-plot.ts';
import type { LabelledState, StateScore } from './state-labels.ts';

const width = 1_200;
const margin = { left: 120, right: 16, top: 28, bottom: 28 };
const laneHeight = 34;
const plotWidth = width - margin.left - margin.right;

export interface MachinePlotParts {
  readonly title: string;
  readonly data: NonNullable<MachineBacktest['data']>;
  readonly spans: readonly ReasonedSpan[];
  readonly labels: readonly LabelledState[];
  readonly score: StateScore | undefined;
}

/** States over time as SVG 1.1: a lane of each state with what was followed, below it what people know, and the changes that were missed or invented. */
export function machinePlot({ title, data, spans, labels, score }: MachinePlotParts): string {
  const known = labels.filter(({ fromMs, toMs }) => toMs > data.fromMs && fromMs < data.toMs);
  const states = [...new Set([...spans, ...known].map(({ state }) => state))];
  const height = margin.top + margin.bottom + states.length * laneHeight;
  const x = (atMs: number): number => margin.left + (plotWidth * (Math.min(data.toMs, Math.max(data.fromMs, atMs)) - data.fromMs)) / Math.max(1, data.toMs - data.fromMs);
  const top = (state: string): number => margin.top + states.findIndex((each) => each === state) * laneHeight;
  const bar = (from: number, to: number, y: number, tall: number, style: string, name: string): string =>
    `<rect x="${x(from).toFixed(1)}" y="${y}" width="${Math.max(0.5, x(to) - x(from)).toFixed(1)}" height="${tall}" ${style}><title>${escaped(name)}</title></rect>`;
  const mark = (atMs: number, colour: string, name: string): string =>
    `<path d="M${x(atMs).toFixed(1)} ${margin.top}V${height - margin.bottom}" stroke="${colour}" stroke-dasharray="3 3"><title>${escaped(name)}</title></path>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" role="img" aria-label="${escaped(title)}">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${margin.left}" y="18" font-weight="bold" fill="#111">${escaped(title)}</text>`,
    ...states.flatMap((state) => [
      `<path d="M${margin.left} ${top(state) + laneHeight}h${plotWidth}" stroke="#ddd"/>`,
      `<text x="${margin.left - 6}" y="${top(state) + 20}" text-anchor="end" fill="#333">${escaped(state)}</text>`,
    ]),
    ...spans.map(({ state, fromMs, toMs = data.toMs, reason }) =>
      bar(fromMs, toMs, top(state) + 4, 15, 'fill="#345"', `${state}${reason === undefined ? '' : ` (${reason})`}: ${instant(fromMs)} … ${instant(toMs)}`),
    ),
    ...known.map(({ state, fromMs, toMs }) => bar(fromMs, toMs, top(state) + 21, 9, 'fill="#9bc2ff"', `known: ${state} ${instant(fromMs)} … ${instant(toMs)}`)),
    ...(score?.missed ?? []).map(({ atMs, from, to }) => mark(atMs, '#b60', `missed: ${from} → ${to} ${instant(atMs)}`)),
    ...(score?.invented ?? []).map(({ atMs, from, to }) => mark(atMs, '#b00', `invented: ${from} → ${to} ${instant(atMs)}`)),
    `<text x="${margin.left}" y="${height - 8}" fill="#333">${instant(data.fromMs)}</text>`,
    `<text x="${width - margin.right}" y="${height - 8}" text-anchor="end" fill="#333">${instant(data.toMs)}</text>`,
    '</svg>',
    '',
  ].join('\n');
}
