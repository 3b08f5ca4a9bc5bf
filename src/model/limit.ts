import { durationMs, type Duration } from '../kernel/duration.ts';
import { definition, type Definition } from './definition.ts';

/** A named number or duration that an environment may set without a change of code. */
export interface Limit<Value extends number | Duration = number | Duration> extends Definition<'limit'> {
  readonly value: Value;
  /** Why it is what it is, for the one who wants to change it. */
  readonly why: string;
}

/** Declares a limit: `defineLimit({ name: 'bottleneck.recovery', value: '30m', why: '…' })`. */
export function defineLimit<Value extends Duration>(spec: { readonly name: string; readonly value: Value; readonly why: string }): Limit<Duration>;
export function defineLimit(spec: { readonly name: string; readonly value: number; readonly why: string }): Limit<number>;
export function defineLimit(spec: { readonly name: string; readonly value: number | Duration; readonly why: string }): Limit {
  return definition('limit', spec);
}

/** A duration, given directly or as a limit. */
export type Span = Duration | Limit<Duration>;

/** A number, given directly or as a limit. */
export type Amount = number | Limit<number>;

/** The values that an environment sets, by limit name. */
export type LimitValues = Readonly<Record<string, number | string>>;

/** Milliseconds of a span under an environment's limits. */
export function spanMs(span: Span, limits: LimitValues): number {
  return durationMs(String(typeof span === 'string' ? span : (limits[span.name] ?? span.value)));
}

/** The number of an amount under an environment's limits. */
export function amountOf(amount: Amount, limits: LimitValues): number {
  return Number(typeof amount === 'number' ? amount : (limits[amount.name] ?? amount.value));
}
