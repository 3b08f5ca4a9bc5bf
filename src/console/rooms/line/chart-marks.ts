// What is drawn around the curves: when the machine was too slow, the window in which the rule found it, and when it was well again.
import type uPlot from 'uplot';
import { clockTime } from '../../words/time.ts';
import type { ChartLook } from './chart-look.ts';
import type { Episode } from './episodes.ts';

export interface Marks {
  readonly episodes: readonly Episode[];
  /** What the chart spans, event time; an open episode reaches until now. */
  readonly fromMs: number;
  readonly nowMs: number;
  readonly zone: string | undefined;
}

interface Canvas {
  readonly plot: uPlot;
  readonly look: ChartLook;
  readonly ratio: number;
}

/** Behind the curves. */
export function drawBands(plot: uPlot, { episodes, nowMs }: Marks, look: ChartLook): void {
  const canvas = canvasOf(plot, look);
  clipped(plot, () => {
    for (const { sinceMs, clearedMs, windowFromMs, windowToMs } of episodes) {
      fill(canvas, sinceMs, clearedMs ?? nowMs, look.badSoft, 0.5);
      fill(canvas, windowFromMs, windowToMs, look.bad, 0.28);
    }
  });
}

/** Over the curves: lines and words. The newest has its words first; an older one says less, or nothing, where there is no room. */
export function drawLabels(plot: uPlot, { episodes, zone }: Marks, look: ChartLook): void {
  const canvas = canvasOf(plot, look);
  const fired: Taken[] = [];
  const cleared: Taken[] = [];
  clipped(plot, () => {
    for (const { sinceMs, firedMs, clearedMs } of episodes.toReversed()) {
      const at = clockTime(firedMs, zone);
      line(canvas, firedMs, look.bad);
      label(canvas, { atMs: firedMs, texts: [`Too slow since ${clockTime(sinceMs, zone)}, rule fired ${at}`, `Rule fired ${at}`, at], color: look.bad, row: 0 }, fired);
      if (clearedMs === undefined) continue;
      line(canvas, clearedMs, look.ok);
      label(canvas, { atMs: clearedMs, texts: [`Well again ${clockTime(clearedMs, zone)}`, clockTime(clearedMs, zone)], color: look.ok, row: 1 }, cleared);
    }
  });
}

function canvasOf(plot: uPlot, look: ChartLook): Canvas {
  return { plot, look, ratio: plot.ctx.canvas.width / Math.max(1, plot.width) };
}

function clipped({ ctx, bbox }: uPlot, draw: () => void): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw();
  ctx.restore();
}

function fill({ plot, ratio }: Canvas, fromMs: number, toMs: number, color: string, alpha: number): void {
  const { ctx, bbox } = plot;
  const left = plot.valToPos(fromMs / 1_000, 'x', true);
  // Also a short window is to be seen.
  const width = Math.max(plot.valToPos(toMs / 1_000, 'x', true) - left, 2 * ratio);
  ctx.globalAlpha = alpha;
  ctx.fillStyle = color;
  ctx.fillRect(left, bbox.top, width, bbox.height);
  ctx.globalAlpha = 1;
}

function line({ plot, ratio }: Canvas, atMs: number, color: string): void {
  const { ctx, bbox } = plot;
  const x = plot.valToPos(atMs / 1_000, 'x', true);
  ctx.strokeStyle = color;
  ctx.lineWidth = 1.5 * ratio;
  ctx.setLineDash([]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
}

/** Where a label stands already, canvas pixels. */
interface Taken {
  readonly left: number;
  readonly right: number;
}

interface Label {
  readonly atMs: number;
  /** The same, ever shorter. */
  readonly texts: readonly string[];
  readonly color: string;
  /** From the bottom. */
  readonly row: number;
}

function label({ plot, look, ratio }: Canvas, { atMs, texts, color, row }: Label, taken: Taken[]): void {
  const { ctx, bbox } = plot;
  const end = bbox.left + bbox.width;
  // What began before the chart does is told at its left edge.
  const x = Math.max(bbox.left, plot.valToPos(atMs / 1_000, 'x', true));
  if (x > end) return;
  ctx.font = `600 ${0.75 * look.rem * ratio}px ${look.font.slice(look.font.indexOf(' ') + 1)}`;
  const pad = 0.4 * look.rem * ratio;
  for (const text of texts) {
    const width = ctx.measureText(text).width + 2 * pad;
    const left = [x + pad, x - width - pad].find((each) => each >= bbox.left && each + width <= end && taken.every((other) => each > other.right || each + width < other.left));
    if (left === undefined) continue;
    taken.push({ left: left - pad, right: left + width + pad });
    const height = 1.5 * look.rem * ratio;
    const top = bbox.top + bbox.height - (row + 1) * (height + pad);
    ctx.globalAlpha = 0.9;
    ctx.fillStyle = look.surface;
    ctx.fillRect(left, top, width, height);
    ctx.globalAlpha = 1;
    ctx.fillStyle = color;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'middle';
    ctx.fillText(text, left + pad, top + height / 2);
    return;
  }
}
