// The points of a rule's window as they are stored: by columns, in an eighth of the text, since most of what a point says it says as its neighbour does.
import { Type } from 'typebox';
import { Fault } from '../../kernel/errors.ts';
import type { Point } from './rule-state.ts';

const number = Type.Number();
/** A value, `null` where there is none, and how many points in a row have it; one after the other. */
const runs = Type.Array(Type.Union([number, Type.Null()]));
const merged = Type.Object({
  count: Type.Integer({ minimum: 0 }),
  fromMs: number,
  lowest: number,
  highest: number,
  powers: Type.Optional(Type.Tuple([number, number, number])),
});
/** By the place of the point. */
const sparse = {
  merged: Type.Optional(Type.Array(Type.Tuple([Type.Integer(), merged]))),
  usual: Type.Optional(Type.Array(Type.Tuple([Type.Integer(), Type.Tuple([number, number])]))),
  held: Type.Optional(Type.Array(Type.Integer())),
};
export const pointColumns = Type.Object({
  /** The first moment, then how much later each one is than the one before; whole milliseconds. Else the moments as they are. */
  steps: Type.Optional(Type.Array(Type.Integer())),
  atMs: Type.Optional(Type.Array(number)),
  value: Type.Array(number),
  sinceMs: runs,
  heldMs: runs,
  clearMs: runs,
  target: runs,
  others: runs,
  smooth: runs,
  ...sparse,
});
type Runs = readonly (number | null)[];
type Told<Value> = readonly (readonly [place: number, value: Value])[];

export interface PointColumns extends Readonly<Record<(typeof runsOf)[number], Runs>> {
  readonly steps?: readonly number[] | undefined;
  readonly atMs?: readonly number[] | undefined;
  readonly value: readonly number[];
  readonly merged?: Told<NonNullable<Point['merged']>> | undefined;
  readonly usual?: Told<NonNullable<Point['usual']>> | undefined;
  readonly held?: readonly number[] | undefined;
}

/** Each with some points' own number, or without it. */
const runsOf = ['sinceMs', 'heldMs', 'clearMs', 'target', 'others', 'smooth'] as const;

export function columnsOf(points: Iterable<Readonly<Point>>): PointColumns {
  const atMs: number[] = [];
  const steps: number[] = [];
  const value: number[] = [];
  const merged: [number, NonNullable<Point['merged']>][] = [];
  const usual: [number, NonNullable<Point['usual']>][] = [];
  const held: number[] = [];
  const [sinceMs, heldMs, clearMs, target, others, smooth] = [new RunList(), new RunList(), new RunList(), new RunList(), new RunList(), new RunList()];
  let beforeMs = 0;
  let isWhole = true;
  // One pass, and each name by itself: a checkpoint has two hundred points for each of many rules.
  for (const point of points) {
    isWhole &&= Number.isSafeInteger(point.atMs);
    atMs.push(point.atMs);
    steps.push(point.atMs - beforeMs);
    beforeMs = point.atMs;
    if (point.merged) merged.push([value.length, point.merged]);
    if (point.held === true) held.push(value.length);
    if (point.usual) usual.push([value.length, point.usual]);
    value.push(point.value);
    sinceMs.add(point.sinceMs);
    heldMs.add(point.heldMs);
    clearMs.add(point.clearMs);
    target.add(point.target);
    others.add(point.others);
    smooth.add(point.smooth);
  }
  return {
    ...(isWhole ? { steps } : { atMs }),
    value,
    sinceMs: sinceMs.end(),
    heldMs: heldMs.end(),
    clearMs: clearMs.end(),
    target: target.end(),
    others: others.end(),
    smooth: smooth.end(),
    ...(merged.length > 0 && { merged }),
    ...(usual.length > 0 && { usual }),
    ...(held.length > 0 && { held }),
  };
}

class RunList {
  readonly #runs: (number | null)[] = [];
  #value: number | undefined;
  #length = 0;

  add(value: number | undefined): void {
    if (value !== this.#value) this.end();
    this.#value = value;
    this.#length++;
  }

  end(): Runs {
    if (this.#length > 0) this.#runs.push(this.#value ?? null, this.#length);
    this.#length = 0;
    return this.#runs;
  }
}

/** The points again. Raises INPUT_INVALID where the columns are not all of one length. */
export function pointsOf(columns: PointColumns): Point[] {
  const { steps, value: values } = columns;
  const moments = columns.atMs ?? summed(steps ?? []);
  if (moments.length !== values.length) throw unequal();
  const own = Object.fromEntries(runsOf.map((name) => [name, spread(columns[name], values.length)]));
  const points = values.map((value, place): Point => {
    const atMs = moments[place] ?? 0;
    // In the order of `evaluate`, so that old and new points are one kind of object to V8.
    const point: Point = {
      atMs,
      value,
      target: own['target']?.[place],
      sinceMs: own['sinceMs']?.[place] ?? atMs,
      heldMs: own['heldMs']?.[place],
      clearMs: own['clearMs']?.[place],
    };
    const [others, smooth] = [own['others']?.[place], own['smooth']?.[place]];
    if (others !== undefined) point.others = others;
    if (smooth !== undefined) point.smooth = smooth;
    return point;
  });
  for (const [place, told] of columns.merged ?? []) pointAt(points, place).merged = told;
  for (const [place, told] of columns.usual ?? []) pointAt(points, place).usual = told;
  for (const place of columns.held ?? []) pointAt(points, place).held = true;
  return points;
}

function pointAt(points: readonly Point[], place: number): Point {
  const point = points[place];
  if (!point) throw unequal();
  return point;
}

function summed(steps: readonly number[]): number[] {
  let atMs = 0;
  return steps.map((step) => (atMs += step));
}

function spread(told: Runs, wanted: number): (number | undefined)[] {
  const values: (number | undefined)[] = [];
  for (let at = 0; at < told.length; at += 2) {
    const length = told[at + 1] ?? 0;
    // Before they are made: a damaged length could be of any size.
    if (length < 1 || values.length + length > wanted) throw unequal();
    for (let index = 0; index < length; index++) values.push(told[at] ?? undefined);
  }
  if (values.length !== wanted) throw unequal();
  return values;
}

function unequal(): Fault {
  return new Fault('INPUT_INVALID', 'The columns of the points of a stored rule state are not of one length.');
}
