import { lateSince } from '../rules/lateness.ts';
import type { ContextValues } from '../rules/rule-state.ts';
import type { Known } from '../telemetry/telemetry-block.ts';
import type { Hosted } from './hosted-rule.ts';
import type { Sample } from './normalise.ts';

/** What is known of the signals that rules have as their context. */
export interface RuleContext {
  /** By the signal's name. */
  readonly known: ReadonlyMap<string, Known>;
  /**
   * Takes what a signal says now, and tells the rules that have it as their context where that is other than before. What is older than what is known
   * changes nothing, unless nothing else comes for long.
   */
  learn(sample: Sample, informed: readonly Hosted[]): void;
  /** By the names that the rule has for its context. */
  of(rule: Hosted): ContextValues;
}

const noContext: ContextValues = {};

export function ruleContext(hosted: readonly Hosted[]): RuleContext {
  const known = knownFrom(hosted);
  return {
    known,
    learn({ signal, value, atMs, receivedMs }, informed) {
      const before = known.get(signal.name);
      const lateSinceMs = lateSince(before, atMs, receivedMs);
      if (before && lateSinceMs !== undefined) {
        if (before.lateSinceMs !== lateSinceMs) known.set(signal.name, { ...before, lateSinceMs });
        return;
      }
      known.set(signal.name, { value, atMs });
      if (before?.value !== value) for (const each of informed) each.hasNews = true;
    },
    of({ rule, settings }) {
      if (settings.context.length === 0) return noContext;
      const values: Record<string, number | string | boolean> = {};
      for (const [name, signal] of Object.entries(rule.with)) {
        const found = known.get(signal.name);
        if (found) values[name] = found.value;
      }
      return values;
    },
  };
}

/** What the rules knew of their contexts when they were stored; anything that comes now is newer. */
function knownFrom(hosted: readonly Hosted[]): Map<string, Known> {
  const known = new Map<string, Known>();
  for (const { rule, state } of hosted) {
    for (const [name, signal] of Object.entries(rule.with)) {
      const value = state.context[name];
      if (value !== undefined) known.set(signal.name, { value, atMs: -Infinity });
    }
  }
  return known;
}
