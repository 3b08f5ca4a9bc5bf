import type { Amount, Span } from './limit.ts';
import type { Window } from './window.ts';

/** The limit that a window is compared with: absolute in the signal's unit, or percent of another signal's value at that time. */
export interface Threshold<Context extends string = string> {
  readonly kind: 'threshold';
  readonly direction: 'below' | 'above';
  readonly window: Window<Context>;
  readonly limit: Amount;
  /** Where it counts as over again (hysteresis), on the same scale; default: `limit`. */
  readonly clear?: Amount;
  /** The name of the context signal that `limit` is a percentage of. */
  readonly percentOf?: Context;
}

/** A context signal has one of some values, as far as is known. */
export interface Holds<Context extends string = string> {
  readonly kind: 'is';
  readonly series: Context;
  readonly values: readonly (number | string | boolean)[];
}

/** Nothing has come for a time, by the edge's clock. */
export interface Missing<Context extends string = string> {
  readonly kind: 'missing';
  readonly span: Span;
  /** The context signal that is missed; undefined: the signal that the rule is on. */
  readonly series?: Context;
}

/** Several conditions as one. What is not known yet (a window that is not full) makes neither true nor false what depends on it. */
export type Composite<Context extends string = string> =
  | { readonly kind: 'all' | 'any'; readonly conditions: readonly Condition<Context>[] }
  | { readonly kind: 'not'; readonly condition: Condition<Context> };

/** When a rule holds. */
export type Condition<Context extends string = string> = Threshold<Context> | Holds<Context> | Missing<Context> | Composite<Context>;

interface Bound<Context> {
  readonly limit: Amount;
  readonly clear?: Amount;
  readonly percentOf?: Context;
}

export function below<const Context extends string = never, const Series extends string = never>(window: Window<Series>, bound: Bound<Context>): Threshold<Context | Series> {
  return { kind: 'threshold', direction: 'below', window, ...bound };
}
export function above<const Context extends string = never, const Series extends string = never>(window: Window<Series>, bound: Bound<Context>): Threshold<Context | Series> {
  return { kind: 'threshold', direction: 'above', window, ...bound };
}

/** A context signal has one of these values: `is('state', 'Execute')`. */
export function is<const Context extends string>(series: Context, ...values: readonly (number | string | boolean)[]): Holds<Context> {
  return { kind: 'is', series, values };
}

/** No sample for that long by the edge's clock, once there has been one: `missing('30s')`. */
export function missing<const Context extends string = never>(span: Span, series?: Context): Missing<Context> {
  return { kind: 'missing', span, ...(series !== undefined && { series }) };
}

export function all<Context extends string>(...conditions: readonly Condition<Context>[]): Composite<Context> {
  return { kind: 'all', conditions };
}
export function any<Context extends string>(...conditions: readonly Condition<Context>[]): Composite<Context> {
  return { kind: 'any', conditions };
}
export function not<Context extends string>(condition: Condition<Context>): Composite<Context> {
  return { kind: 'not', condition };
}

/** The thresholds, states and silences that a condition is made of, from left to right. */
export function leavesOf(condition: Condition): readonly (Threshold | Holds | Missing)[] {
  switch (condition.kind) {
    case 'threshold':
    case 'is':
    case 'missing':
      return [condition];
    case 'all':
    case 'any':
      return condition.conditions.flatMap(leavesOf);
    case 'not':
      return leavesOf(condition.condition);
  }
}
