import type { LimitValues } from '../../model/limit.ts';
import type { Rule } from '../../model/rule.ts';
import type { WindowKind } from '../../model/window.ts';
import { settingsOf, type Leaf, type Term, type Tree } from '../rules/rule-settings.ts';

/** When a rule fires and clears, under one environment. Times in milliseconds, limits in the signal's unit or in percent of `percentOf`. */
export interface RuleTerms {
  readonly of: WindowKind;
  /** 0 where each sample is judged by itself. */
  readonly windowMs: number;
  readonly direction: 'below' | 'above';
  readonly limit: number;
  readonly clearLimit: number;
  readonly percentOf: string | undefined;
  readonly sustainedMs: number;
  readonly clearMs: number;
  readonly unit: string;
  /** The terms above are the whole condition: one threshold on the rule's own signal, by each sample or a sliding window. */
  readonly isPlain: boolean;
  /** The same in words, e.g. `below 80 % of target, average over 4 s, sustained 3 s; clears above 90 % of target for 2 s`. */
  readonly words: string;
}

export function ruleTerms(rule: Rule, limits: LimitValues): RuleTerms {
  const settings = settingsOf(rule, limits);
  const { of, windowMs, direction, limit, clearLimit, percentOf, sustainedMs, clearMs, unit, composed } = settings;
  const unitOf = (name: string | undefined): string => (name === undefined ? unit : (rule.with[name]?.unit ?? '1'));
  const condition = composed ? treeWords(composed.tree, (index) => leafWords(composed.leaves[index], unitOf), '') : termWords(settings, unitOf);
  const fires = [condition, ...(sustainedMs === 0 ? [] : [`sustained ${spanWords(sustainedMs)}`])];
  const held = clearMs === 0 ? '' : ` for ${spanWords(clearMs)}`;
  const clears = composed ? `clears when that is over${held}` : `clears ${direction === 'below' ? 'above' : 'below'} ${boundWords(settings, clearLimit, unitOf)}${held}`;
  const isPlain = composed === undefined && settings.series === undefined && settings.perMs === undefined && settings.isTumbling !== true;
  return { of, windowMs, direction, limit, clearLimit, percentOf, sustainedMs, clearMs, unit, isPlain, words: `${fires.join(', ')}; ${clears}` };
}

function treeWords(tree: Tree, wordsOf: (leaf: number) => string, outer: string): string {
  if ('leaf' in tree) return wordsOf(tree.leaf);
  if ('not' in tree) return `not (${treeWords(tree.not, wordsOf, '')})`;
  const joined = tree.of.map((part) => treeWords(part, wordsOf, tree.join)).join(tree.join === 'all' ? ' and ' : ' or ');
  return outer === '' || outer === tree.join ? joined : `(${joined})`;
}

function leafWords(leaf: Leaf | undefined, unitOf: (name: string | undefined) => string): string {
  switch (leaf?.kind) {
    case undefined:
      return '';
    case 'is':
      return `${leaf.series} is ${leaf.values.join(' or ')}`;
    case 'missing':
      return `no ${leaf.series ?? 'value'} for ${spanWords(leaf.spanMs)}`;
    case 'term':
      return `${leaf.series === undefined ? '' : `${leaf.series} `}${termWords(leaf, unitOf)}`;
  }
}

function termWords(term: Term, unitOf: (name: string | undefined) => string): string {
  const { of, windowMs, direction, limit, isTumbling } = term;
  const window = windowMs === 0 ? 'each sample by itself' : `${of} over ${isTumbling === true ? 'each ' : ''}${spanWords(windowMs)}`;
  return `${direction} ${boundWords(term, limit, unitOf)}, ${window}`;
}

const unitless: ReadonlySet<WindowKind> = new Set(['kurtosis', 'robust z', 'shift score']);

function boundWords({ of, series, percentOf, perMs }: Term, value: number, unitOf: (name: string | undefined) => string): string {
  if (percentOf !== undefined) return `${value} % of ${percentOf}`;
  const unit = unitless.has(of) ? '1' : unitOf(series);
  return [value, ...(unit === '1' ? [] : [unit]), ...(perMs === undefined ? [] : [`per ${spanWords(perMs)}`])].join(' ');
}

/** Milliseconds in words, in the largest unit that it is a whole number of: `90000` → `90 s`. */
export function spanWords(ms: number): string {
  for (const [unit, unitMs] of spanUnits) if (ms % unitMs === 0) return `${ms / unitMs} ${unit}`;
  return `${ms} ms`;
}

const spanUnits = [
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;
