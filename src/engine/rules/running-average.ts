// The average of a sliding window, carried from one sample to the next: good enough to tell which side of a limit it is on, or that it cannot tell.
import type { Term } from './rule-settings.ts';
import type { Point } from './rule-state.ts';
import { placeAfter } from './window.ts';

interface Running {
  /** The window's first point, and the count and sum of its values. */
  first: number;
  samples: number;
  sum: number;
  /** The largest magnitude, and the steps, since the sum was last made anew. */
  most: number;
  steps: number;
  /** What it was made of: it holds while all of these are where they were. */
  oldest: Point | undefined;
  newest: Point | undefined;
  length: number;
  windowMs: number;
}

/** Sums are made anew after this many steps, so that rounding cannot add up. */
const stepsMax = 100_000;
/**
 * A value that is closer to a limit than this share of the largest one is measured exactly. Rounding is at most (steps + 3 × points) × 2^-52
 * of it, some 3e-11.
 */
const margin = 1e-9;

/** Running sums, by the list of points that they are about; they go with it. */
const known = new WeakMap<readonly Point[], Running>();

/** The average of the window that ends at the newest point where it is surely the same side of each limit as the exact one is; else undefined. */
export function clearAverage({ windowMs }: Term, points: readonly Point[], limits: readonly [number, number]): number | undefined {
  const running = broughtUp(points, windowMs);
  if (!running) return undefined;
  const value = running.sum / running.samples;
  for (const limit of limits) {
    const doubt = margin * Math.max(running.most, Math.abs(limit));
    // Written so that what is no number is in doubt.
    if (!(Math.abs(value - limit) > doubt)) return undefined;
  }
  return value;
}

/** The first `gone` points have been taken off: the window goes on where none of them was in it. */
export function moveUp(points: readonly Point[], gone: number): void {
  const running = known.get(points);
  if (!running || running.first < gone) return;
  running.first -= gone;
  running.length -= gone;
  running.oldest = points[0];
}

function broughtUp(points: readonly Point[], windowMs: number): Running | undefined {
  const last = points.length - 1;
  const newest = points[last];
  if (!newest) return undefined;
  const running = known.get(points);
  if (!running || running.oldest !== points[0] || running.windowMs !== windowMs || running.steps > stepsMax || points[running.length - 1] !== running.newest) {
    return begun(points, windowMs, newest);
  }
  if (running.length === points.length) return running;
  if (running.length !== last) return begun(points, windowMs, newest);
  add(running, newest, 1);
  const beforeMs = newest.atMs - windowMs;
  for (let oldest = points[running.first]; oldest && running.first < last && oldest.atMs <= beforeMs; oldest = points[++running.first]) add(running, oldest, -1);
  running.newest = newest;
  running.length = points.length;
  return running;
}

function begun(points: readonly Point[], windowMs: number, newest: Point): Running {
  const first = Math.min(points.length - 1, placeAfter(points, newest.atMs - windowMs));
  const running: Running = { first, samples: 0, sum: 0, most: 0, steps: 0, oldest: points[0], newest, length: points.length, windowMs };
  for (let index = first; index < points.length; index++) {
    const point = points[index];
    if (point) add(running, point, 1);
  }
  known.set(points, running);
  return running;
}

function add(running: Running, { value, merged }: Point, sign: 1 | -1): void {
  const count = merged === undefined ? sign : sign * merged.count;
  running.samples += count;
  running.sum += value * count;
  running.steps++;
  const size = Math.abs(value);
  if (!(size <= running.most)) running.most = size;
}
