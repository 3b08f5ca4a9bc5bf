import { Type } from 'typebox';
import { Fault } from '../../kernel/errors.ts';
import { parse, schema } from '../../kernel/schema.ts';
import type { Episode } from '../../model/rule.ts';

/** A moment of the series: what was measured, and what was true of the rule then. Times are event time, epoch milliseconds. */
export interface Point {
  atMs: number;
  value: number;
  /** The value that 100 % meant at this moment; absent for absolute limits and while unknown. */
  target?: number | undefined;
  /** Where a crowded window merged neighbours: how many, since when, their extremes. `value` is then their mean. */
  merged?: { count: number; fromMs: number; lowest: number; highest: number } | undefined;
  /** Since when there is data without a gap. */
  sinceMs: number;
  /** Since when the condition has held without a break; absent while it does not hold or is unknown. */
  heldMs?: number | undefined;
  /** Since when the clearing condition has held without a break. */
  clearMs?: number | undefined;
}

export type EpisodeWindow = Episode['window'];
export type ContextValues = Readonly<Record<string, number | string | boolean>>;

/** Why a sample was not acted upon. */
export type Refusal = 'late' | 'historical' | 'duplicate' | 'bad quality';

/**
 * Everything that a rule remembers of one series: plain JSON, bounded by `samplesMax` points. Owned by `evaluate`, which
 * changes it in place; anyone else reads.
 */
export interface RuleState {
  readonly version: 1;
  /** In the order of event time; reaches back two windows, so that a moment of the last window can be judged again. */
  points: Point[];
  /** The youngest moment that has left `points`. */
  origin?: Pick<Point, 'atMs' | 'sinceMs' | 'heldMs' | 'clearMs'> | undefined;
  newestMs?: number | undefined;
  /** Samples before this moment belong to an order that has ended. */
  fromMs?: number | undefined;
  /** Up to when moments are decided. */
  settledMs?: number | undefined;
  /** When the last episode fired or cleared: a condition counts from after it. */
  turnedMs?: number | undefined;
  open?: { startMs: number; firedMs: number; limit: number; window: EpisodeWindow } | undefined;
  /** The last known values of the context. */
  context: Record<string, number | string | boolean>;
  /** Since when the device is known to be silent; absent while data comes. */
  noDataSinceMs?: number | undefined;
  counts: Record<Refusal | 'taken' | 'merged', number>;
  /** Since when, by arrival, nothing but late samples has come. */
  lateSinceMs?: number | undefined;
}

export function emptyRuleState(): RuleState {
  return { version: 1, points: [], context: {}, counts: { taken: 0, merged: 0, late: 0, historical: 0, duplicate: 0, 'bad quality': 0 } };
}

const moment = Type.Number();
const count = Type.Integer({ minimum: 0 });
const chain = { atMs: moment, sinceMs: moment, heldMs: Type.Optional(moment), clearMs: Type.Optional(moment) };
const stateShape = schema(
  Type.Object({
    version: Type.Literal(1),
    points: Type.Array(
      Type.Object({
        ...chain,
        value: Type.Number(),
        target: Type.Optional(Type.Number()),
        merged: Type.Optional(Type.Object({ count, fromMs: moment, lowest: Type.Number(), highest: Type.Number() })),
      }),
    ),
    origin: Type.Optional(Type.Object(chain)),
    newestMs: Type.Optional(moment),
    fromMs: Type.Optional(moment),
    settledMs: Type.Optional(moment),
    turnedMs: Type.Optional(moment),
    open: Type.Optional(
      Type.Object({
        startMs: moment,
        firedMs: moment,
        limit: Type.Number(),
        window: Type.Object({
          fromMs: moment,
          toMs: moment,
          samples: count,
          value: Type.Number(),
          lowest: Type.Number(),
          highest: Type.Number(),
          error: Type.Number(),
          unit: Type.String(),
        }),
      }),
    ),
    context: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Boolean()])),
    noDataSinceMs: Type.Optional(moment),
    counts: Type.Object({ taken: count, merged: count, late: count, historical: count, duplicate: count, 'bad quality': count }),
    lateSinceMs: Type.Optional(moment),
  }),
);
const versionShape = schema(Type.Object({ version: Type.Integer() }));

/** A state from its stored text. Raises STORE_NEWER where a newer Lineshaft wrote it, and INPUT_INVALID where it is damaged. */
export function parseRuleState(text: string, rule: string): RuleState {
  const value = parsedJson(text, rule);
  if (versionShape.check(value) && value.version > 1) {
    throw new Fault('STORE_NEWER', `The state of the rule "${rule}" has version ${value.version}; this Lineshaft knows version 1.`, { rule });
  }
  return parse(stateShape, value, `The stored state of the rule "${rule}"`);
}

function parsedJson(text: string, rule: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Fault('INPUT_INVALID', `The stored state of the rule "${rule}" is no JSON.`, { rule }, error);
  }
}
