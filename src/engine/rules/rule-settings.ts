import { ancestorAt } from '../../model/asset.ts';
import { amountOf, spanMs, type LimitValues } from '../../model/limit.ts';
import type { Rule, Window } from '../../model/rule.ts';

/** A rule's numbers under one environment. Times in milliseconds, limits in the signal's unit or in percent of `percentOf`. */
export interface RuleSettings {
  readonly name: string;
  readonly asset: string;
  readonly line: string;
  readonly unit: string;
  readonly of: Window['of'];
  /** 0 where each sample is judged by itself. */
  readonly windowMs: number;
  readonly direction: 'below' | 'above';
  readonly limit: number;
  readonly clearLimit: number;
  readonly percentOf: string | undefined;
  readonly sustainedMs: number;
  readonly clearMs: number;
  /** The context names that must be known before the rule fires. */
  readonly context: readonly string[];
  /** How long a moment may still change by samples that come out of order, before it is decided; 0 decides at once. */
  readonly settleMs: number;
  /** Points that a window keeps; above it, neighbours are merged. */
  readonly samplesMax: number;
}

export interface RuleBounds {
  readonly settleMs?: number;
  readonly samplesMax?: number;
}

/** Resolves a rule's spans and limits. Raises INPUT_INVALID where an environment's value is no duration. */
export function settingsOf(rule: Rule, limits: LimitValues, bounds: RuleBounds = {}): RuleSettings {
  const { window, direction, limit, percentOf } = rule.when;
  const asset = rule.on.asset;
  return {
    name: rule.name,
    asset: asset.name,
    line: ancestorAt(asset, 'line')?.name ?? asset.name,
    unit: rule.on.unit,
    of: window.of,
    windowMs: window.span === undefined ? 0 : spanMs(window.span, limits),
    direction,
    limit: amountOf(limit, limits),
    clearLimit: amountOf(rule.clear.limit, limits),
    percentOf,
    sustainedMs: spanMs(rule.sustained, limits),
    clearMs: spanMs(rule.clear.for, limits),
    context: Object.keys(rule.with),
    settleMs: bounds.settleMs ?? 0,
    samplesMax: Math.max(16, bounds.samplesMax ?? 2_000),
  };
}
