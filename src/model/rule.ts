import type { Signal } from './asset.ts';
import type { Condition } from './condition.ts';
import type { Contract } from './contract.ts';
import { definition, type Definition } from './definition.ts';
import type { Amount, Span } from './limit.ts';
import type { Ownership } from './owner.ts';

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
    /** The computed value (in the signal's unit where it has one), and the lowest and highest sample. */
    readonly value: number;
    readonly lowest: number;
    readonly highest: number;
    /** Standard error of the value, in the signal's unit. */
    readonly error: number;
    readonly unit: string;
  };
  /** The limit in the signal's unit, at that time; 0 where the rule compares with none. */
  readonly limit: number;
  /** Which numbers it was judged by: changes with each of the limits that the rule uses. */
  readonly limits: LimitsUsed;
  /** The context signals' last known values. */
  readonly context: Readonly<Record<Context, number | string | boolean>>;
}

/** The limits that a rule was judged by, under one environment. */
export interface LimitsUsed {
  /** Eight hex digits, the same for the same values. */
  readonly version: string;
  readonly values: Readonly<Record<string, number | string>>;
}

/** Signals in, a governed event out: one event per episode, one when it clears, and updates between where the rule declares them. */
export interface Rule extends Definition<'rule'> {
  readonly title: string;
  readonly owner: Ownership;
  readonly on: Signal<number>;
  readonly with: Readonly<Record<string, Signal>>;
  readonly when: Condition;
  /** How long the condition must hold before the rule fires; 0 fires at once. */
  readonly sustained: Span;
  readonly clear: Clearing;
  readonly emit: Contract;
  readonly clears?: Contract;
  readonly update?: { readonly every: Span; readonly emit: Contract; event(episode: Episode): unknown };
  event(episode: Episode): unknown;
  cleared?(episode: Episode): unknown;
}

/** When an episode is over: the condition is false at the clear limits for this long. `limit` is that of the condition's first threshold. */
export interface Clearing {
  readonly limit?: Amount;
  readonly for: Span;
}

/**
 * Declares a rule. `with` names the context signals (the running order, its target rate …) whose last known values the
 * episode carries; the rule does not fire while one of them is unknown. `when` is one threshold or several conditions composed
 * with `all`, `any`, `not`; it is judged at each sample of `on`, with what is known of the context signals then. Hysteresis: clear
 * limits are on the same scale as the limits. `update` tells of an episode that stays open. The event id is a hash of rule, asset
 * and episode start, so that a restart repeats no episode.
 */
export function defineRule<Event, Cleared, Context extends string, Updated = never>(spec: {
  readonly name: string;
  readonly title: string;
  readonly owner: Ownership;
  readonly on: Signal<number>;
  readonly with: Readonly<Record<Context, Signal>>;
  readonly when: Condition<NoInfer<Context>>;
  readonly sustained: Span;
  readonly clear: Clearing;
  readonly emit: Contract<Event>;
  readonly event: (episode: Episode<NoInfer<Context>>) => NoInfer<Event>;
  readonly clears?: Contract<Cleared>;
  readonly cleared?: (episode: Episode<NoInfer<Context>>) => NoInfer<Cleared>;
  readonly update?: { readonly every: Span; readonly emit: Contract<Updated>; readonly event: (episode: Episode<NoInfer<Context>>) => NoInfer<Updated> };
}): Rule {
  // The engine calls `event` only with an episode that has every context name of `with`, and checks its result by the contract.
  return definition('rule', spec as unknown as Omit<Rule, 'kind' | 'site'>);
}
