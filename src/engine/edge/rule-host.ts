import type { Clock, Random } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { Probe } from '../../kernel/probe.ts';
import type { Signal } from '../../model/asset.ts';
import type { LimitValues } from '../../model/limit.ts';
import type { Machine } from '../../model/machine.ts';
import type { Rule } from '../../model/rule.ts';
import type { EdgeStore } from '../../store/edge-store.ts';
import { adopt, evaluate, observe, phaseOf, silence, type Phase, type Turn } from '../rules/evaluation.ts';
import { tick } from '../rules/missing-data.ts';
import { settingsOf, type RuleBounds } from '../rules/rule-settings.ts';
import { emptyRuleState, type ContextValues, type RuleState } from '../rules/rule-state.ts';
import { parseRuleState } from '../rules/stored-state.ts';
import type { Recorder, RuleSnapshot } from '../telemetry/recorder.ts';
import { noWatch, type Watch } from '../watch/watch.ts';
import { heardLag } from './heard-lag.ts';
import { heardTraces } from './heard-traces.ts';
import { hostedRule, knownFrom, type Hosted } from './hosted-rule.ts';
import { lastingValues } from './lasting-values.ts';
import { machineDesk } from './machine-desk.ts';
import type { FilterCounts, Sample } from './normalise.ts';
import type { QuarantineDesk } from './quarantine-desk.ts';
import type { Room } from './room.ts';
import { ruleCommitter, type Stateful } from './rule-committer.ts';
import { ruleEvent, type RuleEvent } from './rule-event.ts';
import { ruleGuard, type Bounded } from './rule-guard.ts';
import type { ShedDesk } from './shed-desk.ts';

export interface RuleHostParts extends RuleBounds {
  readonly edge: string;
  readonly rules: Iterable<Rule>;
  /** Those whose changes of state are told. */
  readonly machines?: Iterable<Machine>;
  readonly limits: LimitValues;
  readonly store: EdgeStore;
  readonly quarantine: QuarantineDesk;
  readonly counts: FilterCounts;
  readonly clock: Clock;
  readonly random: Random;
  /** Watches over this process while code of the landscape runs. */
  readonly watch?: Watch;
  /** How long code of the landscape may take. */
  readonly bounded?: Bounded;
  /** Of the landscape. */
  readonly release?: string;
  readonly probe: Probe;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  /** Called after each commit that put events into the buffer. */
  readonly onAppended: (events: readonly RuleEvent[]) => void;
  /** Called where the disk does not take a commit. */
  readonly onRefused?: () => Promise<void>;
  /** Whether there is room for the events that values give. */
  readonly room?: Pick<Room, 'isParked' | 'refuse'>;
  /** Keeps what is shed. */
  readonly shed?: Pick<ShedDesk, 'refuse'>;
  /** How old the stored state of a quiet rule may be. */
  readonly checkpointMs?: number;
  /** Up to when, in source time, what a signal said last is known to hold although nothing comes: of a source that tells only what changes. */
  readonly heldToMs?: (signal: Signal) => number | undefined;
  /** Keeps what is judged, for a backtest. */
  readonly recorder?: Recorder;
  /** Events that wait for the store above which samples are shed, and counted. */
  readonly waitingMax?: number;
}

/** How often missing data is looked for, by the edge's clock: at whole multiples of it, so that a recording has the same moments. */
export const tickMs = 1_000;

export interface RuleStatus {
  readonly rule: string;
  readonly phase: Phase;
  readonly newestMs: number | undefined;
  readonly noDataSinceMs: number | undefined;
  readonly openSinceMs: number | undefined;
  readonly points: number;
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * Runs the rules of an edge. A rule's state and the events that it gave are stored in one commit, as soon as the commit before
 * has returned, so that a restart repeats or loses no episode that fired. The state of a rule that is quiet is stored at most every
 * `checkpointMs`: a kill of the edge loses at most the samples since then, and with them the progress of an episode that has not
 * fired; never one that has.
 */
export interface RuleHost {
  /** Judges samples at once; what they give is stored soon after. Where there is no room for that, they are refused. */
  accept(samples: readonly Sample[]): void;
  /** Whether a rule looks at the signal, as what it judges, watches or knows. */
  watches(signal: Signal): boolean;
  /** Whether `accept` has to be given the samples of other signals too: they are kept, or counted, since they cannot be judged. */
  takesAll(): boolean;
  /** Whether numbers that rise in time may be passed over before the others are accepted: nothing hangs on the order of different signals. */
  readonly passesOver: boolean;
  /** Who takes a signal's numbers by which nothing can be decided; undefined where all have to be accepted. */
  passerOf(signal: Signal): Passer | undefined;
  /** The devices behind these signals are known to be silent since `atMs`. */
  stale(signals: Iterable<Signal>, atMs: number): void;
  /** What a signal should be, where a rule compares it with a percentage of another one. */
  targetOf(signal: Signal): number | undefined;
  status(): readonly RuleStatus[];
  /** Stores this, too, with the next checkpoint of the rules. */
  checkpoint(other: Stateful): void;
  /** Resolves when all that was accepted is stored, checkpoints apart. */
  idle(): Promise<void>;
  /** Stores every state and stops. Rejects when the store cannot write. */
  close(): Promise<void>;
}

/** Takes a good number of now by which nothing can be decided; false where it, and all after it, have to be accepted. Not while `takesAll`. */
export type Passer = (atMs: number, value: number) => boolean;

/** Who looks at a signal. */
interface Seat {
  readonly judges: readonly Hosted[];
  readonly observers: readonly Observer[];
  /** Rules that have it as their context. */
  readonly informed: readonly Hosted[];
}

/** A rule that keeps, or misses, samples of a context signal, with its own name for it. */
interface Observer {
  readonly each: Hosted;
  readonly name: string;
}

/** Opens the rules with the states that the store holds. Raises STORE_NEWER where a newer Lineshaft wrote one. */
export async function openRuleHost(parts: RuleHostParts): Promise<RuleHost> {
  const { edge, store, quarantine, counts, log, waitingMax = 10_000, watch = noWatch, bounded = (work) => work(), release = '', recorder } = parts;
  const hosted = await restore(parts);
  const seats = seatsOf(hosted);
  const ticking = hosted.filter(({ settings }) => settings.composed?.hasMissing === true);
  let [tickedMs, wasParked] = [parts.clock.now(), false];
  const known = knownFrom(hosted);
  const lag = parts.heldToMs && heardLag(parts.heldToMs, parts.clock);
  const lasting = lag && lastingValues({ hosted, known, heldToMs: lag.heldToMs, tickMs });
  const committer = ruleCommitter(parts);
  const isJudged = ({ name }: Signal): boolean => (seats.get(name)?.judges.length ?? 0) > 0;
  const machines = parts.machines && machineDesk({ ...parts, machines: parts.machines, stored: await store.states(), committer, isJudged });
  const traces = heardTraces();
  const guard = ruleGuard({ rules: hosted.map(({ rule }) => rule), watch, bounded, release });
  for (const [rule, reason] of guard.aside()) {
    log(reason, { rule, urgent: true });
    quarantine.put(`rule:${rule}`, reason, '');
  }

  function learn(sample: Sample, { informed }: Seat): void {
    const before = known.get(sample.signal.name);
    if (before && before.atMs > sample.atMs) return;
    known.set(sample.signal.name, { value: sample.value, atMs: sample.atMs });
    if (before?.value !== sample.value) for (const each of informed) each.hasNews = true;
  }

  function contextOf({ rule, settings }: Hosted): ContextValues {
    if (settings.context.length === 0) return noContext;
    const values: Record<string, number | string | boolean> = {};
    for (const [name, signal] of Object.entries(rule.with)) {
      const found = known.get(signal.name);
      if (found) values[name] = found.value;
    }
    return values;
  }

  const hasContext = [...seats.values()].some(({ informed }) => informed.length > 0);
  /** Of one moment, the context comes first: an order and a target hold for the rate that was measured with them. */
  function earlier(a: Sample, b: Sample): number {
    const rank = ({ signal }: Sample): number => ((seats.get(signal.name)?.informed.length ?? 0) > 0 ? 0 : 1);
    return a.atMs - b.atMs || (hasContext ? rank(a) - rank(b) : 0);
  }

  /** Mostly they are, and are not sorted then. */
  function inOrder(samples: readonly Sample[]): boolean {
    return samples.every((sample, index) => index === 0 || earlier(samples[index - 1] ?? sample, sample) <= 0);
  }

  /** While values are not judged, nothing is missing; what was not heard meanwhile is not held against anybody. */
  function isParked(): boolean {
    const isNow = parts.room?.isParked() === true;
    if (wasParked && !isNow) {
      tickedMs = parts.clock.now();
      for (const { skimmer } of ticking) skimmer.release().listeningMs = tickedMs;
      // A backtest goes on from here, too.
      recorder?.states('gap', snapshot());
    }
    wasParked = isNow;
    return isNow;
  }

  /** Looks for missing data at each whole tick up to now, before anything that came now is judged. */
  function tickUpTo(nowMs: number): void {
    if (ticking.length === 0) return;
    // After a standstill of the process, the ticks that nobody saw would all say the same.
    tickedMs = Math.max(tickedMs, nowMs - 60 * tickMs);
    for (let atMs = nextTick(tickedMs); atMs <= nowMs; atMs += tickMs) {
      recorder?.ticked(atMs);
      for (const each of ticking) {
        for (const turn of tick(each.settings, each.skimmer.release(), atMs, contextOf(each))) hand(each, turn);
        committer.changed(each);
      }
      tickedMs = atMs;
    }
  }

  function judge(sample: Sample): void {
    machines?.take(sample);
    const seat = seats.get(sample.signal.name);
    if (lag && (seat || machines?.watches(sample.signal) === true)) lag.heard(sample);
    if (!seat) return;
    if (sample.quality === 'good' && !sample.historical) {
      if (sample.held !== true) {
        lasting?.heard(sample.signal.name);
        if (seat.informed.length > 0) learn(sample, seat);
      }
      for (const { each, name } of seat.observers) {
        observe(each.settings, each.skimmer.release(), name, { ...sample, value: typeof sample.value === 'number' ? sample.value : Number.NaN });
      }
    }
    if (!isOfNumber(sample)) return;
    if (sample.trace !== undefined && seat.judges.length > 0) traces.keep(sample);
    const isSaid = sample.held !== true;
    const isOfNow = sample.quality === 'good' && !sample.historical && isSaid;
    for (const each of seat.judges) {
      if (isOfNow && isSkimmed(each, sample.atMs, sample.value)) continue;
      const { verdict, turns } = evaluate(each.settings, each.skimmer.release(), sample, contextOf(each));
      each.hasNews = false;
      if (isSaid && each === seat.judges[0] && (verdict === 'late' || verdict === 'duplicate')) counts[verdict]++;
      committer.changed(each);
      for (const turn of turns) hand(each, turn);
    }
  }

  function miss(samples: readonly Sample[]): void {
    lasting?.missed(samples);
    machines?.missed(samples.map(({ signal }) => signal));
  }

  function isSkimmed(each: Hosted, atMs: number, value: number): boolean {
    if (each.hasNews || !each.skimmer.take(atMs, value)) return false;
    // The next commit settles them.
    if (each.skimmer.fresh === 1) committer.changed(each);
    return true;
  }

  function take(ordered: readonly Sample[]): void {
    const due = recorder?.due();
    if (due) recorder?.states(due, snapshot());
    recorder?.rows(ordered);
    for (const sample of ordered) judge(sample);
  }

  function hand(each: Hosted, turn: Turn): void {
    try {
      const event = ruleEvent(edge, each.rule, turn, guard, traces.of(each.rule.on, turn.episode.atMs));
      if (!event) return;
      committer.append(each, event);
      recorder?.hasten();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      log(messageOf(error), { rule: each.rule.name, episode: turn.episode.id, ...(error.code === 'LANDSCAPE_STALLED' && { urgent: true }) });
      quarantine.put(`rule:${each.rule.name}`, messageOf(error), JSON.stringify(turn));
      committer.refused(each);
    }
  }

  function snapshot(): RuleSnapshot {
    const rules = hosted.map(({ rule, stateText }) => [rule.name, stateText()] as const);
    return { states: { ...Object.fromEntries(rules), ...machines?.told() }, known: Object.fromEntries(known) };
  }
  recorder?.states('start', snapshot());

  let cancelTick = ticking.length > 0 || lag ? parts.clock.after(tickMs, onTick) : () => undefined;
  function onTick(): void {
    cancelTick = parts.clock.after(tickMs, onTick);
    if (isParked()) return;
    const nowMs = parts.clock.now();
    tickUpTo(nowMs);
    const held = committer.waiting() < waitingMax ? lasting?.due(nowMs) : undefined;
    if (held && held.length > 0) take(held.toSorted(earlier));
    if (lag) machines?.hold(lag.heldToMs);
    committer.kick();
  }

  return {
    accept(samples) {
      if (isParked()) {
        parts.room?.refuse(samples);
        miss(samples);
        return;
      }
      if (committer.waiting() >= waitingMax) {
        counts.shed += samples.length;
        parts.shed?.refuse(samples);
        miss(samples);
        return;
      }
      tickUpTo(samples[0]?.receivedMs ?? 0);
      take(inOrder(samples) ? samples : samples.toSorted(earlier));
      committer.kick();
    },
    watches: (signal) => seats.has(signal.name) || machines?.watches(signal) === true,
    takesAll: () => recorder !== undefined || isParked() || committer.waiting() >= waitingMax,
    passesOver: ticking.length === 0 && !hasContext,
    passerOf(signal) {
      const [only, ...others] = seats.get(signal.name)?.judges ?? [];
      if (only === undefined || others.length > 0 || machines?.watches(signal) === true) return undefined;
      return (atMs, value) => isSkimmed(only, atMs, value);
    },
    stale(signals, atMs) {
      recorder?.stale(signals, atMs);
      machines?.missed(signals);
      for (const signal of signals) {
        for (const each of seats.get(signal.name)?.judges ?? []) {
          silence(each.skimmer.release(), atMs);
          committer.changed(each);
        }
      }
    },
    targetOf(signal) {
      for (const each of seats.get(signal.name)?.judges ?? []) {
        const { settings } = each;
        const target = settings.percentOf === undefined ? undefined : contextOf(each)[settings.percentOf];
        if (typeof target === 'number') return target;
      }
      return undefined;
    },
    status: () =>
      hosted.map(({ rule, settings, skimmer }) => {
        const glance = skimmer.glance();
        const { newestMs, noDataSinceMs, open, points, counts } = glance;
        return { rule: rule.name, phase: phaseOf(settings, glance), newestMs, noDataSinceMs, openSinceMs: open?.startMs, points, counts };
      }),
    checkpoint: committer.changed,
    idle: committer.idle,
    async close() {
      cancelTick();
      await committer.close();
    },
  };

  async function restore({ rules, limits, settleMs, samplesMax }: RuleHostParts): Promise<Hosted[]> {
    const stored = await store.states();
    const bounds = { ...(settleMs === undefined ? {} : { settleMs }), ...(samplesMax === undefined ? {} : { samplesMax }) };
    const listeningMs = parts.clock.now();
    return [...rules].map((rule) => {
      const settings = settingsOf(rule, limits, bounds);
      const state = restoredState(rule, stored.get(rule.name));
      adopt(settings, state);
      if (settings.composed?.hasMissing === true) state.listeningMs = listeningMs;
      return hostedRule(rule, settings, state);
    });
  }

  function restoredState(rule: Rule, text: string | undefined): RuleState {
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
}

export function nextTick(afterMs: number): number {
  return (Math.floor(afterMs / tickMs) + 1) * tickMs;
}

const noContext: ContextValues = {};

function isOfNumber(sample: Sample): sample is Sample & { readonly value: number } {
  return typeof sample.value === 'number';
}

/** By the signal's name. */
function seatsOf(hosted: readonly Hosted[]): ReadonlyMap<string, Seat> {
  const judges = Map.groupBy(hosted, ({ rule }) => rule.on.name);
  const contexts = hosted.flatMap((each) => Object.entries(each.rule.with).map(([name, signal]) => ({ each, name, signal: signal.name })));
  const watching = contexts.filter(({ each, name }) => each.settings.composed?.hasMissing === true || each.settings.composed?.kept[name] !== undefined);
  const observers = Map.groupBy(watching, ({ signal }) => signal);
  const informed = Map.groupBy(contexts, ({ signal }) => signal);
  const seatAt = (name: string): Seat => ({
    judges: judges.get(name) ?? [],
    observers: observers.get(name) ?? [],
    informed: informed.get(name)?.map(({ each }) => each) ?? [],
  });
  return new Map([...judges.keys(), ...informed.keys()].map((name) => [name, seatAt(name)]));
}
