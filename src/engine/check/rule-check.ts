import type { Landscape } from '../../model/landscape.ts';
import { amountOf } from '../../model/limit.ts';
import type { Rule } from '../../model/rule.ts';
import { nameOf, refuse, type Finding } from './finding.ts';

/** What the rule host would stumble over. */
export function ruleFindings(landscape: Landscape): readonly Finding[] {
  return [...landscape.of('rule').values()].flatMap((rule) => [...contextFindings(rule), ...hysteresisFindings(rule), ...clearingFindings(rule)]);
}

function contextFindings(rule: Rule): readonly Finding[] {
  const { percentOf } = rule.when;
  if (percentOf === undefined) return [];
  const signal = Object.hasOwn(rule.with, percentOf) ? rule.with[percentOf] : undefined;
  if (!signal)
    return [
      refuse(
        rule,
        'context-unknown',
        `The ${nameOf(rule)} compares with percent of "${percentOf}", which is not among its context signals (${Object.keys(rule.with).join(', ') || 'none'}).`,
        `Add "${percentOf}" to "with".`,
      ),
    ];
  if (signal.type === 'number') return [];
  return [
    refuse(rule, 'context-not-a-number', `The ${nameOf(rule)} compares with percent of "${percentOf}", but the ${nameOf(signal)} is ${signal.type}.`, 'Name a numeric signal.'),
  ];
}

function hysteresisFindings(rule: Rule): readonly Finding[] {
  const fires = amountOf(rule.when.limit, {});
  const clears = amountOf(rule.clear.limit, {});
  const inverted = rule.when.direction === 'below' ? clears < fires : clears > fires;
  return inverted
    ? [
        refuse(
          rule,
          'hysteresis-inverted',
          `The ${nameOf(rule)} fires ${rule.when.direction} ${fires} and clears at ${clears}: it would fire and clear at once.`,
          `Clear ${rule.when.direction === 'below' ? 'at or above' : 'at or below'} ${fires}.`,
        ),
      ]
    : [];
}

function clearingFindings(rule: Rule): readonly Finding[] {
  if ((rule.clears === undefined) === (rule.cleared === undefined)) return [];
  return [
    refuse(
      rule,
      'clearing-incomplete',
      `The ${nameOf(rule)} has only one of "clears" and "cleared".`,
      'Give both: the contract of the event that clears, and the function that makes it.',
    ),
  ];
}
