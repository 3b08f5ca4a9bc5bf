// What the line room says, as sentences that a person reads who has never seen Lineshaft.
import type { Said } from '../../parts/sentence.tsx';
import type { Tone } from '../../parts/status.tsx';
import { locale } from '../../words/locale.ts';
import { numberWords, unitWords } from '../../words/number.ts';
import { clockTime, minuteTime, spanWords } from '../../words/time.ts';

/** How a machine does right now, in values. */
export interface MachineNow {
  readonly title: string;
  /** In `unit`; undefined while nothing was heard. */
  readonly rate: number | undefined;
  readonly target: number | undefined;
  /** UCUM, e.g. `{pack}/min`. */
  readonly unit: string;
  /** What its state signal says, and since when. */
  readonly state: string | undefined;
  readonly stateSinceMs: number | undefined;
  readonly order: string | undefined;
  /** What the order still lacks, and when the slot ends that the line has for it; a plan of today may end later. */
  readonly remaining: number | undefined;
  readonly slotEndMs: number | undefined;
}

/** How a machine has served its slot so far: parts of overall equipment effectiveness (ISO 22400-2), shares of 1. */
export interface SlotShares {
  readonly availability: number;
  readonly performance: number;
  readonly quality: number;
}

/** `executeTimeMs` by the machine's own count, since the slot began; undefined where there is nothing to compare with yet. */
export function slotShares(told: {
  readonly slotStartMs: number;
  readonly nowMs: number;
  readonly executeTimeMs: number;
  readonly produced: number;
  readonly defective: number;
  readonly targetPerMin: number;
}): SlotShares | undefined {
  const { slotStartMs, nowMs, executeTimeMs, produced, defective, targetPerMin } = told;
  const made = produced + defective;
  if (!(nowMs > slotStartMs) || !(executeTimeMs > 0) || !(targetPerMin > 0) || !(made > 0)) return undefined;
  return { availability: executeTimeMs / (nowMs - slotStartMs), performance: (made * 60_000) / targetPerMin / executeTimeMs, quality: produced / made };
}

/** `availability 92 %, performance 87 %, quality 99 %`. */
export function slotWords({ availability, performance, quality }: SlotShares): string {
  const percent = (share: number): string => `${numberWords(Math.round(share * 100))} %`;
  return `availability ${percent(availability)}, performance ${percent(performance)}, quality ${percent(quality)}`;
}

/** How the rule that watches its rate stands. */
export interface RuleNow {
  readonly phase: string;
  readonly openSinceMs: number | undefined;
  /** In percent of the target, and how long it must hold. */
  readonly limit: number;
  readonly sustainedMs: number;
}

interface Asked {
  readonly line: string;
  readonly machine: MachineNow;
  readonly rule: RuleNow | undefined;
  /** The last episode that ended, where that is not long ago. */
  readonly past: { readonly sinceMs: number; readonly clearedMs: number } | undefined;
  readonly nowMs: number;
  readonly zone: string | undefined;
}

/** Whether the line makes what the plan says, and if not, since when. */
export function lineSays({ line, machine, rule, past, nowMs, zone }: Asked): Said {
  const { title, state, stateSinceMs } = machine;
  const makes = makesWords(machine);
  if (makes === undefined) return { tone: 'waiting', text: `Nothing was heard of ${title} in the last minutes.` };
  if (rule?.phase === 'open') {
    const since = rule.openSinceMs === undefined ? '' : ` since ${clockTime(rule.openSinceMs, zone)}`;
    return { tone: 'bad', text: `${title} makes ${makes}${since}${lackWords(machine, nowMs)}.` };
  }
  if (state !== undefined && stateWords(state).tone !== 'plain') {
    const since = stateSinceMs === undefined ? '' : ` since ${clockTime(stateSinceMs, zone)}`;
    return { tone: 'waiting', text: `${title} is ${stateWords(state).words.toLowerCase()}${since}.` };
  }
  if (rule?.phase === 'no data') return { tone: 'waiting', text: `Nothing is heard of ${title}; it last made ${makes}.` };
  if (rule?.phase === 'sustaining')
    return { tone: 'waiting', text: `${title} makes ${makes}, less than ${rule.limit} % of its target. That counts once it lasts ${spanWords(rule.sustainedMs)}.` };
  if (past) return { tone: 'ok', text: `${title} makes ${makes} again since ${clockTime(past.clearedMs, zone)}. It was too slow for ${spanWords(past.clearedMs - past.sinceMs)}.` };
  if (machine.target === undefined) return { tone: 'plain', text: `${title} makes ${makes}. Nobody has set a target.` };
  return { tone: 'ok', text: `${line} makes what the plan says: ${title} ${makes}.` };
}

function makesWords({ rate, target, unit }: MachineNow): string | undefined {
  if (rate === undefined) return undefined;
  return target === undefined ? `${rateWords(rate, rate)} ${unitWords(unit)}` : `${rateWords(rate, target)} of ${numberWords(target)} ${unitWords(unit)}`;
}

/** A rate as exact as its size is worth. */
export function rateWords(rate: number, target: number | undefined): string {
  return numberWords((target ?? rate) >= 20 ? Math.round(rate) : rate);
}

/** How much of the order will be missing when it should be done, if it goes on like this. */
export function lackOf({ rate, remaining, slotEndMs, unit }: MachineNow, nowMs: number): number | undefined {
  if (rate === undefined || remaining === undefined || slotEndMs === undefined || !unit.endsWith('/min')) return undefined;
  const minutesLeft = Math.max(0, (slotEndMs - nowMs) / 60_000);
  return Math.max(0, remaining - rate * minutesLeft);
}

function lackWords(machine: MachineNow, nowMs: number): string {
  const lack = lackOf(machine, nowMs);
  if (lack === undefined || machine.order === undefined || machine.slotEndMs === undefined) return '';
  if (lack < 1) return `; ${machine.order} is still done in time`;
  return `; ${machine.order} lacks ${lack >= 1_000 ? `about ${numberWords(Math.round(lack / 10) * 10)}` : numberWords(Math.round(lack))} ${unitWords(machine.unit.replace(/\/min$/, ''))} by the end of its slot`;
}

/** `done 22:41 at this rate, slot ends 18:11`; empty where it cannot be told. */
export function endWords({ rate, remaining, slotEndMs, unit }: MachineNow, nowMs: number, zone: string | undefined): string {
  const slot = slotEndMs === undefined ? '' : `slot ends ${minuteTime(slotEndMs, zone)}`;
  if (rate === undefined || rate <= 0 || remaining === undefined || !unit.endsWith('/min')) return slot;
  const endMs = nowMs + (remaining / rate) * 60_000;
  if (endMs - nowMs > 7 * 86_400_000) return slot;
  const at = endMs - nowMs > 86_400_000 ? `in ${spanWords(Math.round((endMs - nowMs) / 3_600_000) * 3_600_000)}` : minuteTime(endMs, zone);
  return `done ${at} at this rate${slot === '' ? '' : `, ${slot}`}`;
}

const steady: readonly string[] = ['execute', 'idle', 'starting', 'completing', 'complete', 'completed', 'resetting', 'unholding', 'unsuspending', 'running'];
const broken: readonly string[] = ['aborted', 'aborting', 'clearing', 'faulted', 'error'];

/** A state of ANSI/ISA-TR88.00.02 (PackML), or of a machine's own making, as people say it. */
export function stateWords(state: string): { readonly words: string; readonly tone: Tone } {
  const name = state.toLowerCase();
  const words = name === 'execute' ? 'Running' : state.slice(0, 1).toUpperCase() + state.slice(1);
  return { words, tone: steady.includes(name) ? 'plain' : broken.includes(name) ? 'bad' : 'waiting' };
}

/** How a flow's run for an order stands: `done for`, to be followed by the order. */
export function runWords(status: string): string {
  switch (status) {
    case 'active':
      return 'under way for';
    case 'queued':
      return 'waits for';
    case 'compensated':
      return 'taken back for';
    default:
      return `${status} for`;
  }
}

/** What a rule does, for those who look after it. */
export function phaseWords(phase: string): string {
  switch (phase) {
    case 'open':
      return 'found it too slow';
    case 'watching':
      return 'watches, all well';
    case 'sustaining':
      return 'sees it slow, waits whether it lasts';
    case 'filling':
      return 'gathers its first window';
    case 'no data':
      return 'hears nothing';
    default:
      return phase;
  }
}

const tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** One second or minute of a rate, always with one decimal, so that rows stand below each other. */
export function sampleWords(value: number): string {
  return tenths.format(value);
}

/** `55 % of target`. */
export function shareWords(share: number): string {
  return `${Math.round(share * 100)} % of target`;
}
