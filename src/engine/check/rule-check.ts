import { Fault } from '../../kernel/errors.ts';
import type { Landscape } from '../../model/landscape.ts';
import { leavesOf, type Threshold } from '../../model/condition.ts';
import { amountOf, type LimitValues } from '../../model/limit.ts';
import type { Rule } from '../../model/rule.ts';
import type { WindowKind } from '../../model/window.ts';
import { leavesMax } from '../rules/condition-truth.ts';
import { nameOf, refuse, type Finding } from './finding.ts';

/** What the rule host would stumble over. */
export function ruleFindings(landscape: Landscape): readonly Finding[] {
  return [...landscape.of('rule').values()].flatMap((rule) => [
    ...contextFindings(rule),
    ...hysteresisFindings(rule, landscape.limits),
    ...compositionFindings(rule),
    ...clearingFindings(rule),
  ]);
}

function thresholdsOf(rule: Rule): readonly Threshold[] {
  return leavesOf(rule.when).filter((leaf) => leaf.kind === 'threshold');
}

function contextFindings(rule: Rule): readonly Finding[] {
  const named = leavesOf(rule.when).flatMap((leaf) => {
    switch (leaf.kind) {
      case 'threshold':
        return [
          { name: leaf.percentOf, what: 'compares with percent of', isNumber: true },
          { name: leaf.window.series, what: 'measures', isNumber: true },
        ];
      case 'is':
      case 'missing':
        return [{ name: leaf.series, what: 'looks at', isNumber: false }];
    }
  });
  return named.flatMap(({ name, what, isNumber }) => {
    if (name === undefined) return [];
    const signal = Object.hasOwn(rule.with, name) ? rule.with[name] : undefined;
    if (!signal)
      return [
        refuse(
          rule,
          'context-unknown',
          `The ${nameOf(rule)} ${what} "${name}", which is not among its context signals (${Object.keys(rule.with).join(', ') || 'none'}).`,
          `Add "${name}" to "with".`,
        ),
      ];
    if (!isNumber || signal.type === 'number') return [];
    return [refuse(rule, 'context-not-a-number', `The ${nameOf(rule)} ${what} "${name}", but the ${nameOf(signal)} is ${signal.type}.`, 'Name a numeric signal.')];
  });
}

function hysteresisFindings(rule: Rule, limits: LimitValues): readonly Finding[] {
  const lead = thresholdsOf(rule).find(({ window }) => window.series === undefined);
  return thresholdsOf(rule).flatMap((threshold) => {
    const fires = amountOf(threshold.limit, limits);
    const clears = amountOf((threshold === lead ? rule.clear.limit : undefined) ?? threshold.clear ?? threshold.limit, limits);
    const inverted = threshold.direction === 'below' ? clears < fires : clears > fires;
    return inverted
      ? [
          refuse(
            rule,
            'hysteresis-inverted',
            `The ${nameOf(rule)} fires ${threshold.direction} ${fires} and clears at ${clears}: it would fire and clear at once.`,
            `Clear ${threshold.direction === 'below' ? 'at or above' : 'at or below'} ${fires}.`,
          ),
        ]
      : [];
  });
}

/** Holds a rule to what `lineshaft check` asks of its limits, under limits that are tried or set elsewhere. Raises the named Fault. */
export function requireHysteresis(rule: Rule, limits: LimitValues, code: 'INPUT_INVALID' | 'ENVIRONMENT_INVALID' = 'INPUT_INVALID'): void {
  const [found] = hysteresisFindings(rule, limits);
  if (found) throw new Fault(code, `${found.message} ${found.help}`, { rule: rule.name, finding: found.code });
}

/** Measures that remember more than their window: each rule remembers one. */
const remembering: ReadonlySet<WindowKind> = new Set(['ewma', 'shift score']);

function compositionFindings(rule: Rule): readonly Finding[] {
  const leaves = leavesOf(rule.when);
  const thresholds = thresholdsOf(rule);
  const lead = thresholds.find(({ window }) => window.series === undefined);
  const findings: Finding[] = [];
  const add = (message: string, help: string): void => void findings.push(refuse(rule, 'condition-too-wide', `The ${nameOf(rule)} ${message}.`, help));
  if (leaves.length === 0 || leaves.length > leavesMax) add(`has ${leaves.length} conditions; 1 to ${leavesMax} are allowed`, 'Split it into several rules.');
  for (const threshold of thresholds) {
    const { of, series, isTumbling, span } = threshold.window;
    if (threshold !== lead && remembering.has(of))
      add(`has "${of}" as a further condition`, 'Put it first, on the signal that the rule is on; another one needs a rule of its own.');
    if (isTumbling === true && (span === undefined || remembering.has(of))) add(`has a tumbling "${of}"`, 'Let it slide.');
    if (series === undefined && threshold.percentOf !== undefined && threshold.percentOf !== lead?.percentOf)
      add(`compares its own signal with percent of "${threshold.percentOf}" and of something else`, 'Compare with percent of one signal, put first.');
  }
  return findings;
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
