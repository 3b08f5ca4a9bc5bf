import { Fault, messageOf } from '../../kernel/errors.ts';
import type { Rule } from '../../model/rule.ts';
import { subjectId, type Subject, type Watch } from '../watch/watch.ts';

/** Calls code that must come back within a time. Raises LANDSCAPE_STALLED where it does not, and what it throws. */
export type Bounded = <Result>(work: () => Result) => Result;

/** Calls the code of a rule so that it takes no other rule with it: one that does not come back, or ends the process, is set aside. */
export interface RuleGuard {
  /** Raises LANDSCAPE_STALLED where the rule is set aside, and what its code throws. */
  call<Result>(rule: Rule, work: () => Result): Result;
  /** Why a rule is set aside, by its name. */
  aside(): ReadonlyMap<string, string>;
}

export interface RuleGuardParts {
  readonly rules: Iterable<Rule>;
  readonly watch: Watch;
  readonly bounded: Bounded;
  /** Of the landscape: what ended the process under one is tried again under the next. */
  readonly release: string;
}

export function ruleGuard({ rules, watch, bounded, release }: RuleGuardParts): RuleGuard {
  const reasons = new Map<string, string>();
  const subjectOf = (rule: Rule): Subject => ({ kind: 'rule', key: `${rule.name} ${release}`, of: rule });
  const placeOf = ({ name, site }: Rule): string => `The rule "${name}" (${site.file}:${site.line})`;

  for (const conviction of watch.convictions) watch.carriedOut(conviction, true);
  for (const rule of rules) {
    if (watch.barred.has(subjectId(subjectOf(rule))))
      reasons.set(rule.name, `${placeOf(rule)} was running when the edge's process ended, several times in a row; it is set aside until its landscape is mended.`);
  }

  return {
    call(rule, work) {
      const reason = reasons.get(rule.name);
      if (reason !== undefined) throw new Fault('LANDSCAPE_STALLED', reason, { rule: rule.name });
      const subject = subjectOf(rule);
      watch.mark(subject);
      try {
        const result = watch.during(subject, () => bounded(work));
        watch.acquit(subject);
        return result;
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'LANDSCAPE_STALLED') throw error;
        const stalled = `${placeOf(rule)} ${messageOf(error)}; it is set aside until the edge is started again.`;
        reasons.set(rule.name, stalled);
        throw new Fault('LANDSCAPE_STALLED', stalled, { rule: rule.name }, error);
      } finally {
        watch.mark();
      }
    },
    aside: () => reasons,
  };
}
