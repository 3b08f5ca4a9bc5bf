import { canonicalJson } from '../../kernel/canonical-json.ts';
import { durationMs } from '../../kernel/duration.ts';
import { hashId } from '../../kernel/ids.ts';
import { ancestorAt, timeZoneOf } from '../../model/asset.ts';
import { leavesOf, type Condition, type Threshold } from '../../model/condition.ts';
import { amountOf, spanMs, type Limit, type LimitValues } from '../../model/limit.ts';
import type { LimitsUsed, Rule } from '../../model/rule.ts';
import type { WindowKind } from '../../model/window.ts';

/** A threshold's numbers under one environment. Times in milliseconds, limits in the signal's unit or in percent of `percentOf`. */
export interface Term {
  readonly of: WindowKind;
  /** The context signal that is measured; undefined: the rule's own. */
  readonly series?: string | undefined;
  /** 0 where each sample is judged by itself. */
  readonly windowMs: number;
  readonly isTumbling?: boolean | undefined;
  /** What a rate of change is told per. */
  readonly perMs?: number | undefined;
  readonly shifts?: Shifts | undefined;
  readonly direction: 'below' | 'above';
  readonly limit: number;
  readonly clearLimit: number;
  readonly percentOf: string | undefined;
}

export interface Shifts {
  /** Minutes of the local day at which shifts begin, ascending. */
  readonly startMinutes: readonly number[];
  readonly timeZone: string;
  readonly learnMs: number;
}

export type Leaf =
  | ({ readonly kind: 'term' } & Term)
  | { readonly kind: 'is'; readonly series: string; readonly values: readonly (number | string | boolean)[] }
  | { readonly kind: 'missing'; readonly series?: string | undefined; readonly spanMs: number };

export type Tree = { readonly leaf: number } | { readonly join: 'all' | 'any'; readonly of: readonly Tree[] } | { readonly not: Tree };

/** A condition of more than one threshold. */
export interface Composed {
  readonly leaves: readonly Leaf[];
  readonly tree: Tree;
  /** Context signals whose samples are kept, and for how many milliseconds. */
  readonly kept: Readonly<Record<string, number>>;
  readonly hasMissing: boolean;
}

/** A rule's numbers under one environment; the term is that of its first threshold on its own signal. */
export interface RuleSettings extends Term {
  readonly name: string;
  readonly asset: string;
  readonly line: string;
  readonly unit: string;
  readonly composed?: Composed | undefined;
  /** How far back the windows over the rule's own signal reach; default: `windowMs`. */
  readonly reachMs?: number | undefined;
  readonly sustainedMs: number;
  readonly clearMs: number;
  /** How often an open episode is told of; undefined: not. */
  readonly updateMs?: number | undefined;
  /** The context names that must be known before the rule fires. */
  readonly context: readonly string[];
  /** How long a moment may still change by samples that come out of order, before it is decided; 0 decides at once. */
  readonly settleMs: number;
  /** Points that a window keeps; above it, neighbours are merged. */
  readonly samplesMax: number;
  readonly limits: LimitsUsed;
  /** The same for the same judgement: what a stored state was judged by. */
  readonly fingerprint: string;
}

export interface RuleBounds {
  readonly settleMs?: number;
  readonly samplesMax?: number;
}

/** Resolves a rule's spans and limits. Raises INPUT_INVALID where an environment's value is no duration. */
export function settingsOf(rule: Rule, limits: LimitValues, bounds: RuleBounds = {}): RuleSettings {
  const {
    asset,
    source: { lateness },
  } = rule.on;
  const leaves = leavesOf(rule.when).map((leaf): Leaf => {
    if (leaf.kind === 'threshold') return { kind: 'term', ...termOf(rule, leaf, limits) };
    return leaf.kind === 'is' ? { kind: 'is', series: leaf.series, values: leaf.values } : { kind: 'missing', series: leaf.series, spanMs: spanMs(leaf.span, limits) };
  });
  const own = leaves.filter((leaf) => leaf.kind === 'term').filter(({ series }) => series === undefined);
  const [first] = own;
  const lead: Term = first ? withClear(first, rule, limits) : silent;
  const isPlain = rule.when.kind === 'threshold' && first !== undefined;
  const judged = {
    ...lead,
    name: rule.name,
    asset: asset.name,
    line: ancestorAt(asset, 'line')?.name ?? asset.name,
    unit: rule.on.unit,
    composed: isPlain
      ? undefined
      : composedOf(
          rule.when,
          leaves.map((leaf) => (leaf === first ? { kind: 'term' as const, ...lead } : leaf)),
        ),
    reachMs: Math.max(0, ...own.map(reachOf)),
    sustainedMs: spanMs(rule.sustained, limits),
    clearMs: spanMs(rule.clear.for, limits),
    updateMs: rule.update && spanMs(rule.update.every, limits),
    context: Object.keys(rule.with),
    settleMs: bounds.settleMs ?? (lateness === undefined ? 0 : spanMs(lateness, limits)),
    samplesMax: Math.max(16, bounds.samplesMax ?? 2_000),
  };
  return { ...judged, limits: limitsUsed(rule, limits), fingerprint: hashId(canonicalJson(judged)).slice(0, 16) };
}

const [heldLeastMs, heldUsualMs, heldMostMs] = [100, 1_000, 60_000];

/** How far apart moments are judged at which a value holds on that nobody repeats; undefined where time, and other signals, decide nothing. Milliseconds. */
export function holdEveryMs({ reachMs, windowMs, sustainedMs, clearMs, updateMs = 0, context, composed }: RuleSettings): number | undefined {
  const spans = [reachMs ?? windowMs, sustainedMs, clearMs, updateMs, ...Object.values(composed?.kept ?? {})].filter((span) => span > 0);
  if (spans.length === 0) return context.length > 0 ? heldUsualMs : undefined;
  return Math.max(heldLeastMs, Math.min(...spans.map((span) => span / 10), context.length > 0 ? heldUsualMs : heldMostMs));
}

/** What stands in for a threshold where a rule compares with none: never below anything. */
const silent: Term = { of: 'last', windowMs: 0, direction: 'below', limit: 0, clearLimit: 0, percentOf: undefined };

function withClear(term: Term, { clear }: Rule, limits: LimitValues): Term {
  const { kind: _leaf, ...own } = { kind: 'term', ...term };
  return clear.limit === undefined ? own : { ...own, clearLimit: amountOf(clear.limit, limits) };
}

function termOf(rule: Rule, { window, direction, limit, clear, percentOf }: Threshold, limits: LimitValues): Term {
  return {
    of: window.of,
    series: window.series,
    windowMs: window.span === undefined ? 0 : spanMs(window.span, limits),
    isTumbling: window.isTumbling,
    perMs: window.per && durationMs(window.per),
    shifts: window.shifts && {
      startMinutes: window.shifts.map(minuteOf).toSorted((a, b) => a - b),
      timeZone: timeZoneOf(rule.on.asset),
      learnMs: spanMs(window.learn ?? '1d', limits),
    },
    direction,
    limit: amountOf(limit, limits),
    clearLimit: amountOf(clear ?? limit, limits),
    percentOf,
  };
}

function minuteOf(start: string): number {
  const [hour = 0, minute = 0] = start.split(':').map(Number);
  return hour * 60 + minute;
}

/** How far back a term looks: a tumbling one at the whole window before the one that is under way. */
function reachOf({ windowMs, isTumbling }: Term): number {
  return isTumbling === true ? 2 * windowMs : windowMs;
}

function composedOf(condition: Condition, leaves: readonly Leaf[]): Composed {
  let next = 0;
  const treeOf = (part: Condition): Tree => {
    switch (part.kind) {
      case 'threshold':
      case 'is':
      case 'missing':
        return { leaf: next++ };
      case 'all':
      case 'any':
        return { join: part.kind, of: part.conditions.map(treeOf) };
      case 'not':
        return { not: treeOf(part.condition) };
    }
  };
  const kept: Record<string, number> = {};
  for (const leaf of leaves) if (leaf.kind === 'term' && leaf.series !== undefined) kept[leaf.series] = Math.max(kept[leaf.series] ?? 0, reachOf(leaf));
  return { leaves, tree: treeOf(condition), kept, hasMissing: leaves.some(({ kind }) => kind === 'missing') };
}

/** The named limits that a rule uses, with what they are worth now. */
function limitsUsed({ when, sustained, clear, update }: Rule, limits: LimitValues): LimitsUsed {
  const named = new Map<string, number | string>();
  const note = (one: Limit | number | string | undefined): void => {
    if (typeof one === 'object') named.set(one.name, limits[one.name] ?? one.value);
  };
  for (const leaf of leavesOf(when)) {
    if (leaf.kind === 'missing') note(leaf.span);
    if (leaf.kind === 'threshold') for (const one of [leaf.limit, leaf.clear, leaf.window.span, leaf.window.learn]) note(one);
  }
  for (const one of [sustained, clear.limit, clear.for, update?.every]) note(one);
  const values = Object.fromEntries([...named].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return { version: hashId(canonicalJson(values)).slice(0, 8), values };
}
