import type { Rule } from '../../model/rule.ts';
import type { RuleSettings } from '../rules/rule-settings.ts';
import type { RuleState } from '../rules/rule-state.ts';
import { Skimmer } from '../rules/skimmer.ts';
import { ruleStateText } from '../rules/stored-state.ts';
import type { Known } from '../telemetry/telemetry-block.ts';
import type { Stateful } from './rule-committer.ts';

/** A rule that runs. */
export interface Hosted extends Stateful {
  readonly rule: Rule;
  readonly settings: RuleSettings;
  readonly skimmer: Skimmer;
  /** To be read; who changes it asks the skimmer for it. */
  readonly state: RuleState;
  /** Whether a context has changed since it was judged. */
  hasNews: boolean;
}

export function hostedRule(rule: Rule, settings: RuleSettings, start: RuleState): Hosted {
  const skimmer = new Skimmer(settings, start);
  // What it knew of its context may not be so any more.
  return {
    rule,
    settings,
    skimmer,
    get state() {
      return skimmer.state;
    },
    hasNews: true,
    storedAs: rule.name,
    stateText: () => ruleStateText(skimmer.told),
  };
}

/** What the rules knew of their contexts when they were stored; anything that comes now is newer. */
export function knownFrom(hosted: readonly Hosted[]): Map<string, Known> {
  const known = new Map<string, Known>();
  for (const { rule, state } of hosted) {
    for (const [name, signal] of Object.entries(rule.with)) {
      const value = state.context[name];
      if (value !== undefined) known.set(signal.name, { value, atMs: -Infinity });
    }
  }
  return known;
}
