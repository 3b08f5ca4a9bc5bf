import { amountOf, spanMs, type LimitValues } from '../../model/limit.ts';
import type { System } from '../../model/system.ts';
import type { Allowance, ModeRule, SystemMode } from '../../model/system-mode.ts';
import type { Lane } from '../effects/lane.ts';

/** Whether a mode's rule holds, with what it has to remember for that. */
export interface RuleState {
  active: boolean;
  /** Since when it has been calm enough to leave, by the steady clock. */
  calmSinceMs: number | undefined;
}

/** A rule in numbers. */
export interface RuleValues {
  readonly measure: ModeRule['measure'] | 'asked to wait';
  readonly enter: number;
  readonly leave: number;
  readonly forMs: number;
}

export const sendsAll: Allowance = { posts: 'send', calls: 'send' };
const holdsAll: Allowance = { posts: 'buffer', calls: 'wait' };

/** The modes that every system has besides `normal`, the most serious first. */
export const ownModes: readonly SystemMode[] = [
  {
    name: 'maintenance',
    means: 'A person has said that it is not to be used: effects wait in their order, questions are refused at once.',
    allows: { posts: 'buffer', calls: 'refuse' },
  },
  {
    name: 'down',
    means: 'It does not answer: effects wait in their order, one call at a time tries whether it is back, questions are refused at once.',
    allows: { posts: 'buffer', calls: 'refuse' },
  },
  { name: 'throttled', means: 'It asked to wait (Retry-After): everything waits in its order for as long as it asked for.', allows: holdsAll },
  { name: 'slow', means: 'Its answers take more than half of the time that is waited for them. Everything is sent.', allows: sendsAll },
];

const calmMs = 5_000;
/** Answers older than that say nothing about now. */
export const answersStaleMs = 60_000;

/** The rules of a system's modes, the most serious mode first; a mode that only persons enter has none. */
export function rulesOf(system: System, limits: LimitValues): ReadonlyMap<string, RuleValues> {
  const timeoutMs = spanMs(system.limits.timeout, limits);
  return new Map<string, RuleValues>([
    ['down', { measure: 'down', enter: 0, leave: -1, forMs: 0 }],
    ['throttled', { measure: 'asked to wait', enter: 1, leave: 0, forMs: calmMs }],
    ...(system.modes ?? []).flatMap(({ name, when }) => (when ? [[name, valuesOf(when, limits)] as const] : [])),
    ['slow', { measure: 'answer', enter: timeoutMs / 2, leave: timeoutMs / 4, forMs: calmMs }],
  ]);
}

export function valuesOf(rule: ModeRule, limits: LimitValues): RuleValues {
  const forMs = spanMs(rule.for, limits);
  if (rule.measure === 'waiting') return { measure: 'waiting', enter: amountOf(rule.enter, limits), leave: amountOf(rule.leave, limits), forMs };
  return { measure: rule.measure, enter: spanMs(rule.enter, limits), leave: spanMs(rule.leave, limits), forMs };
}

/** What a rule looks at, now; below everything where there is nothing to look at. */
export function measured({ measure }: RuleValues, lane: Lane, nowMs: number): number {
  switch (measure) {
    case 'answer':
      return lane.answerMs(answersStaleMs) ?? -1;
    case 'waiting':
      return lane.depth();
    case 'oldest':
      return nowMs - (lane.oldestMs() ?? nowMs + 1);
    case 'down':
      return nowMs - (lane.downSinceMs() ?? nowMs + 1);
    case 'asked to wait':
      return lane.mode() === 'paused' ? 1 : 0;
  }
}

/** Goes on with a rule. `steadyMs`: by the steady clock. */
export function judge(state: RuleState, { enter, leave, forMs }: RuleValues, value: number, steadyMs: number): void {
  if (!state.active) {
    state.active = value >= enter;
    state.calmSinceMs = undefined;
  } else if (value <= leave) {
    state.calmSinceMs ??= steadyMs;
    state.active = steadyMs - state.calmSinceMs < forMs;
  } else state.calmSinceMs = undefined;
}

/** In how many milliseconds the passing of time alone may change something; undefined for never. */
export function nextLookMs(state: RuleState, { measure, enter, forMs }: RuleValues, value: number, steadyMs: number): number | undefined {
  if (state.active) {
    if (state.calmSinceMs !== undefined) return state.calmSinceMs + forMs - steadyMs;
    return measure === 'answer' ? answersStaleMs : measure === 'asked to wait' ? calmMs : undefined;
  }
  // An age grows by itself; -1 is of nothing.
  return (measure === 'oldest' || measure === 'down') && value >= 0 ? enter - value : undefined;
}

/** Why a mode was entered, in plain words. */
export function reasonOf({ measure, enter }: RuleValues, value: number): string {
  switch (measure) {
    case 'answer':
      return `its answers take ${value} ms`;
    case 'waiting':
      return `${value} calls wait for it, ${enter} or more`;
    case 'oldest':
      return `an effect has waited for ${Math.round(value / 1_000)} s`;
    case 'down':
      return enter === 0 ? 'it did not answer, several times in a row' : `it has not answered for ${Math.round(value / 1_000)} s`;
    case 'asked to wait':
      return 'it asked to wait';
  }
}
