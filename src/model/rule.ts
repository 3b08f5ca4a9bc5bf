import type { Signal } from './asset.ts';
import type { Contract } from './contract.ts';
import { definition, type Definition } from './definition.ts';
import type { Amount, Span } from './limit.ts';
import type { Ownership } from './owner.ts';

/** A sliding window in event time, and what is computed over it. */
export interface Window {
  readonly of: 'average' | 'minimum' | 'maximum' | 'last';
  /** Undefined for `last`: no window, each sample is judged as it comes. */
  readonly span?: Span;
}

export function average(span: Span): Window {
  return { of: 'average', span };
}
export function minimum(span: Span): Window {
  return { of: 'minimum', span };
}
export function maximum(span: Span): Window {
  return { of: 'maximum', span };
}
/** Each sample by itself, no window. */
export const last: Window = { of: 'last' };

/** The limit that a window is compared with: absolute in the signal's unit, or percent of another signal's value at that time. */
export interface Threshold<Context extends string = string> {
  readonly direction: 'below' | 'above';
  readonly window: Window;
  readonly limit: Amount;
  /** The name of the context signal that `limit` is a percentage of. */
  readonly percentOf?: Context;
}

export function below<const Context extends string = never>(window: Window, threshold: { readonly limit: Amount; readonly percentOf?: Context }): Threshold<Context> {
  return { direction: 'below', window, ...threshold };
}
export function above<const Context extends string = never>(window: Window, threshold: { readonly limit: Amount; readonly percentOf?: Context }): Threshold<Context> {
  return { direction: 'above', window, ...threshold };
}

/** What a rule saw when it fired or cleared: the evidence. */
export interface Episode<Context extends string = string> {
  /** The same for the event that opens and the one that clears. */
  readonly id: string;
  /** Asset name and its line's name. */
  readonly asset: string;
  readonly line: string;
  /** When the condition first held without a break, event time, epoch milliseconds. */
  readonly startMs: number;
  /** Event time of the sample that decided. */
  readonly atMs: number;
  readonly window: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly samples: number;
    /** The computed value, in the signal's unit, and the lowest and highest sample. */
    readonly value: number;
    readonly lowest: number;
    readonly highest: number;
    /** Standard error of the value, in the signal's unit. */
    readonly error: number;
    readonly unit: string;
  };
  /** The limit in the signal's unit, at that time. */
  readonly limit: number;
  /** The context signals' last known values. */
  readonly context: Readonly<Record<Context, number | string | boolean>>;
}

/** Signals in, a governed event out: one event per episode, one when it clears. */
export interface Rule extends Definition<'rule'> {
  readonly title: string;
  readonly owner: Ownership;
  readonly on: Signal<number>;
  readonly with: Readonly<Record<string, Signal>>;
  readonly when: Threshold;
  /** How long the condition must hold before the rule fires; 0 fires at once. */
  readonly sustained: Span;
  readonly clear: { readonly limit: Amount; readonly for: Span };
  readonly emit: Contract;
  readonly clears?: Contract;
  event(episode: Episode): unknown;
  cleared?(episode: Episode): unknown;
}

/**
 * Declares a rule. `with` names the context signals (the running order, its target rate …) whose last known values the
 * episode carries; the rule does not fire while one of them is unknown. Hysteresis: `clear.limit` is on the same scale as
 * `when.limit`. The event id is a hash of rule, asset and episode start, so that a restart repeats no episode.
 */
export function defineRule<Event, Cleared, Context extends string>(spec: {
  readonly name: string;
  readonly title: string;
  readonly owner: Ownership;
  readonly on: Signal<number>;
  readonly with: Readonly<Record<Context, Signal>>;
  readonly when: Threshold<NoInfer<Context>>;
  readonly sustained: Span;
  readonly clear: { readonly limit: Amount; readonly for: Span };
  readonly emit: Contract<Event>;
  readonly event: (episode: Episode<NoInfer<Context>>) => NoInfer<Event>;
  readonly clears?: Contract<Cleared>;
  readonly cleared?: (episode: Episode<NoInfer<Context>>) => NoInfer<Cleared>;
}): Rule {
  // The engine calls `event` only with an episode that has every context name of `with`, and checks its result by the contract.
  return definition('rule', spec as unknown as Omit<Rule, 'kind' | 'site'>);
}
