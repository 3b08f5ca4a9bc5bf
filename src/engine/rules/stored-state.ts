import { Type } from 'typebox';
import { Fault } from '../../kernel/errors.ts';
import { parse, schema } from '../../kernel/schema.ts';
import { columnsOf, pointColumns, pointsOf } from './point-columns.ts';
import type { RuleState, ToldState } from './rule-state.ts';

const moment = Type.Number();
const count = Type.Integer({ minimum: 0 });
const optionalMoment = Type.Optional(moment);
const chain = { atMs: moment, sinceMs: moment, heldMs: optionalMoment, clearMs: optionalMoment, smooth: optionalMoment };
const point = Type.Object({
  ...chain,
  value: Type.Number(),
  target: Type.Optional(Type.Number()),
  merged: Type.Optional(
    Type.Object({ count, fromMs: moment, lowest: Type.Number(), highest: Type.Number(), powers: Type.Optional(Type.Tuple([Type.Number(), Type.Number(), Type.Number()])) }),
  ),
  usual: Type.Optional(Type.Tuple([Type.Number(), Type.Number()])),
  others: Type.Optional(count),
});
const baseline = Type.Object({ firstMs: moment, lastMs: moment, weight: Type.Number(), mean: Type.Number(), squares: Type.Number() });
const open = Type.Object({
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
  toldMs: optionalMoment,
  updates: Type.Optional(count),
});
const common = {
  origin: Type.Optional(Type.Object(chain)),
  newestMs: optionalMoment,
  fromMs: optionalMoment,
  settledMs: optionalMoment,
  turnedMs: optionalMoment,
  open: Type.Optional(open),
  context: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Boolean()])),
  noDataSinceMs: optionalMoment,
  counts: Type.Object({ taken: count, merged: count, late: count, historical: count, duplicate: count, 'bad quality': count }),
  lateSinceMs: optionalMoment,
  lateSeries: Type.Optional(Type.Record(Type.String(), moment)),
  fingerprint: Type.Optional(Type.String()),
  heardMs: optionalMoment,
  heard: Type.Optional(Type.Record(Type.String(), moment)),
  listeningMs: optionalMoment,
  silentMs: optionalMoment,
  baselines: Type.Optional(Type.Record(Type.String(), baseline)),
};
const stateShape = schema(Type.Object({ ...common, points: pointColumns, series: Type.Optional(Type.Record(Type.String(), pointColumns)) }));
/** Of version 1, whose points are objects. */
const formerShape = schema(Type.Object({ ...common, points: Type.Array(point), series: Type.Optional(Type.Record(Type.String(), Type.Array(point))) }));
const versionShape = schema(Type.Object({ version: Type.Integer() }));
const version = 2;

/** What `parseRuleState` reads. */
export function ruleStateText({ points, series, ...state }: ToldState): string {
  const others = series && { series: Object.fromEntries(Object.entries(series).map(([name, own]) => [name, columnsOf(own)])) };
  return JSON.stringify({ version, ...state, points: columnsOf(points), ...others });
}

/** A state from its stored text. Raises STORE_NEWER where a newer Lineshaft wrote it, and INPUT_INVALID where it is damaged. */
export function parseRuleState(text: string, rule: string): RuleState {
  const value = parsedJson(text, rule);
  const written = versionShape.check(value) ? value.version : undefined;
  if (written !== undefined && written > version) {
    throw new Fault('STORE_NEWER', `The state of the rule "${rule}" has version ${written}; this Lineshaft knows version ${version}.`, { rule });
  }
  const thing = `The stored state of the rule "${rule}"`;
  if (written === 1) return parse(formerShape, value, thing);
  const { points, series, ...state } = parse(stateShape, value, thing);
  return { ...state, points: pointsOf(points), ...(series && { series: Object.fromEntries(Object.entries(series).map(([name, own]) => [name, pointsOf(own)])) }) };
}

function parsedJson(text: string, rule: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Fault('INPUT_INVALID', `The stored state of the rule "${rule}" is no JSON.`, { rule }, error);
  }
}
