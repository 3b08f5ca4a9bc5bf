import type { Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import type { LimitValues } from '../../model/limit.ts';
import type { Rule } from '../../model/rule.ts';
import { adopt } from '../rules/evaluation.ts';
import { settingsOf, type RuleBounds } from '../rules/rule-settings.ts';
import { emptyRuleState, type RuleState } from '../rules/rule-state.ts';
import { parseRuleState } from '../rules/stored-state.ts';
import { hostedRule, type Hosted } from './hosted-rule.ts';
import type { QuarantineDesk } from './quarantine-desk.ts';

export interface RestoredRulesParts extends RuleBounds {
  readonly rules: Iterable<Rule>;
  readonly limits: LimitValues;
  /** What the store holds, by what it is stored as. */
  readonly stored: ReadonlyMap<string, string>;
  readonly clock: Clock;
  readonly quarantine: Pick<QuarantineDesk, 'put'>;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

/** The rules of an edge as they were stored; one whose state cannot be read starts anew. Raises STORE_NEWER where a newer Lineshaft wrote one. */
export function restoredRules(parts: RestoredRulesParts): readonly Hosted[] {
  const { rules, limits, stored, clock, settleMs, samplesMax } = parts;
  const bounds = { ...(settleMs === undefined ? {} : { settleMs }), ...(samplesMax === undefined ? {} : { samplesMax }) };
  const listeningMs = clock.now();
  return [...rules].map((rule) => {
    const settings = settingsOf(rule, limits, bounds);
    const state = restoredState(rule, stored.get(rule.name), parts);
    adopt(settings, state);
    if (settings.composed?.hasMissing === true) state.listeningMs = listeningMs;
    return hostedRule(rule, settings, state);
  });
}

function restoredState(rule: Rule, text: string | undefined, { log, quarantine }: RestoredRulesParts): RuleState {
  if (text === undefined) return emptyRuleState();
  try {
    return parseRuleState(text, rule.name);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'INPUT_INVALID') throw error;
    log(`${error.message} The rule starts anew.`, { rule: rule.name });
    quarantine.put(`rule:${rule.name}`, error.message, text);
    return emptyRuleState();
  }
}
