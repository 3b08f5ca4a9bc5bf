import type { Clock, Random } from '../../kernel/clock.ts';
import type { Probe } from '../../kernel/probe.ts';
import type { Signal } from '../../model/asset.ts';
import type { LimitValues } from '../../model/limit.ts';
import type { Machine } from '../../model/machine.ts';
import type { Rule } from '../../model/rule.ts';
import type { EdgeStore } from '../../store/edge-store.ts';
import { phaseOf, type Phase } from '../rules/evaluation.ts';
import type { RuleBounds } from '../rules/rule-settings.ts';
import type { Recorder, RuleSnapshot } from '../telemetry/recorder.ts';
import { noWatch, type Watch } from '../watch/watch.ts';
import { heardLag } from './heard-lag.ts';
import { heardTraces } from './heard-traces.ts';
import type { Hosted } from './hosted-rule.ts';
import { lastingValues } from './lasting-values.ts';
import { machineDesk, type MachineDesk } from './machine-desk.ts';
import { missingWatch, tickMs } from './missing-watch.ts';
import type { FilterCounts, Sample } from './normalise.ts';
import type { QuarantineDesk } from './quarantine-desk.ts';
import { restoredRules } from './restored-rules.ts';
import type { Room } from './room.ts';
import { ruleAdmission } from './rule-admission.ts';
import { ruleCommitter, type Stateful } from './rule-committer.ts';
import { ruleContext, type RuleContext } from './rule-context.ts';
import type { RuleEvent } from './rule-event.ts';
import { ruleGuard, type Bounded, type RuleGuard } from './rule-guard.ts';
import { sampleOrder, seatsOf } from './rule-seats.ts';
import { sampleJudge, type Passer } from './sample-judge.ts';
import type { ShedDesk } from './shed-desk.ts';
import { turnDesk } from './turn-desk.ts';

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

/** Opens the rules with the states that the store holds. Raises STORE_NEWER where a newer Lineshaft wrote one. */
export async function openRuleHost(parts: RuleHostParts): Promise<RuleHost> {
  const { clock, recorder, counts } = parts;
  const stored = await parts.store.states();
  const hosted = restoredRules({ ...parts, stored });
  const seats = seatsOf(hosted);
  const order = sampleOrder(seats);
  const context = ruleContext(hosted);
  const committer = ruleCommitter(parts);
  const isJudged = ({ name }: Signal): boolean => (seats.get(name)?.judges.length ?? 0) > 0;
  const machines = parts.machines && machineDesk({ ...parts, machines: parts.machines, stored, committer, isJudged });
  const lag = parts.heldToMs && heardLag(parts.heldToMs, clock);
  const lasting = lag && lastingValues({ hosted, known: context.known, heldToMs: lag.heldToMs, tickMs });
  const traces = heardTraces();
  const turns = turnDesk({ ...parts, guard: guardOf(hosted, parts), traces, committer });
  const missing = missingWatch({ ...parts, hosted, context, turns, committer, nowMs: clock.now() });
  const judge = sampleJudge({ seats, context, machines, lag, lasting, traces, turns, committer, counts });
  const admission = ruleAdmission({
    ...parts,
    committer,
    /** While values were not judged, nothing was missing. A backtest goes on from here, too. */
    onAgain() {
      missing.listenFrom(clock.now());
      recorder?.states('gap', snapshotOf(hosted, machines, context));
    },
  });
  recorder?.states('start', snapshotOf(hosted, machines, context));

  function take(samples: readonly Sample[]): void {
    const due = recorder?.due();
    if (due) recorder?.states(due, snapshotOf(hosted, machines, context));
    recorder?.rows(samples);
    for (const sample of samples) judge.take(sample);
  }

  let cancelTick = missing.isNeeded || lag ? clock.after(tickMs, onTick) : () => undefined;
  function onTick(): void {
    cancelTick = clock.after(tickMs, onTick);
    if (admission.isParked()) return;
    const nowMs = clock.now();
    missing.upTo(nowMs);
    const held = admission.isBehind() ? undefined : lasting?.due(nowMs);
    if (held && held.length > 0) take(order.ordered(held));
    if (lag) machines?.hold(lag.heldToMs);
    committer.kick();
  }

  return {
    accept(samples) {
      if (admission.refuses(samples)) return judge.missed(samples);
      missing.upTo(samples[0]?.receivedMs ?? 0);
      take(order.ordered(samples));
      committer.kick();
    },
    watches: judge.watches,
    takesAll: () => recorder !== undefined || admission.isParked() || admission.isBehind(),
    passesOver: !missing.isNeeded && !order.hasContext,
    passerOf: judge.passerOf,
    stale(signals, atMs) {
      recorder?.stale(signals, atMs);
      judge.stale(signals, atMs);
    },
    targetOf: (signal) => targetIn(seats.get(signal.name)?.judges ?? [], context),
    status: () => hosted.map(statusOf),
    checkpoint: committer.changed,
    idle: committer.idle,
    async close() {
      cancelTick();
      await committer.close();
    },
  };
}

/** Tells whose code ended the process before. */
function guardOf(hosted: readonly Hosted[], { watch = noWatch, bounded = (work) => work(), release = '', log, quarantine }: RuleHostParts): RuleGuard {
  const guard = ruleGuard({ rules: hosted.map(({ rule }) => rule), watch, bounded, release });
  for (const [rule, reason] of guard.aside()) {
    log(reason, { rule, urgent: true });
    quarantine.put(`rule:${rule}`, reason, '');
  }
  return guard;
}

function snapshotOf(hosted: readonly Hosted[], machines: MachineDesk | undefined, { known }: RuleContext): RuleSnapshot {
  const rules = hosted.map(({ rule, stateText }) => [rule.name, stateText()] as const);
  return { states: { ...Object.fromEntries(rules), ...machines?.told() }, known: Object.fromEntries(known) };
}

function targetIn(judges: readonly Hosted[], context: RuleContext): number | undefined {
  for (const each of judges) {
    const { settings } = each;
    const target = settings.percentOf === undefined ? undefined : context.of(each)[settings.percentOf];
    if (typeof target === 'number') return target;
  }
  return undefined;
}

function statusOf({ rule, settings, skimmer }: Hosted): RuleStatus {
  const glance = skimmer.glance();
  const { newestMs, noDataSinceMs, open, points, counts } = glance;
  return { rule: rule.name, phase: phaseOf(settings, glance), newestMs, noDataSinceMs, openSinceMs: open?.startMs, points, counts };
}
