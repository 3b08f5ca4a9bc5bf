import type { Rule } from '../../model/rule.ts';
import type { RuleSettings } from '../rules/rule-settings.ts';
import type { RuleState } from '../rules/rule-state.ts';
import { Skimmer } from '../rules/skimmer.ts';
import { ruleStateText } from '../rules/stored-state.ts';
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
