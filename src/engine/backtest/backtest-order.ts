import type { Store } from '../../store/store.ts';
import type { LimitValues } from '../../model/limit.ts';
import type { StateChanged } from '../../model/machine.ts';
import type { LimitsUsed } from '../../model/rule.ts';
import type { RuleTerms } from '../graph/rule-words.ts';
import type { Rehearsed, RehearsedStep } from '../replay/rehearsed.ts';
import type { MachineBacktest } from './machine-backtest.ts';
import type { BacktestLosses } from './recording-loss.ts';
import type { LabelledState } from './state-labels.ts';
import type { FoundEpisode, LabelledWindow, Score } from './labels.ts';

/** A rule or a machine to be tried on what an edge recorded. Times are epoch milliseconds. */
export interface BacktestOrder {
  readonly kind: 'rule' | 'machine';
  readonly name: string;
  readonly edge: string;
  /** The recording of that edge which the hub fetched, by its id; undefined for what lies beside the hub. */
  readonly recording?: string | undefined;
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  /** All limits, those that count and over them those that are tried. */
  readonly limits: LimitValues;
  /** What people know of a rule, as `readLabels` takes it, or of a machine, as `readStateLabels` does. */
  readonly labels: string | undefined;
  /** Samples of all signals that are judged at most. */
  readonly samplesMax: number;
}

/** An episode with the value that its window had when it fired. */
export interface TriedEpisode extends FoundEpisode {
  readonly value: number | undefined;
}

/** The course of a signal in columns of equal time: lowest and highest of each, null where nothing was measured. */
export interface DrawnCourse {
  readonly fromMs: number;
  readonly toMs: number;
  readonly columns: readonly (readonly [lowest: number, highest: number] | null)[];
}

/** A flow that would have started, with what it would have asked for. */
export interface TriedFlow extends Pick<Rehearsed, 'flow' | 'key' | 'event' | 'end' | 'why'> {
  readonly effects: readonly Pick<RehearsedStep, 'kind' | 'name' | 'system' | 'input' | 'answer'>[];
}

/** What would have followed the events of a backtest. */
export interface TriedFlows {
  readonly flowsFound: number;
  readonly flows: readonly TriedFlow[];
  /** How many answers were those of then, and how many stood in for them. */
  readonly answers: { readonly ofThen: number; readonly standIn: number };
}

/** What following a machine came to. */
export interface MachineOutcome
  extends Pick<MachineBacktest, 'dwellMs' | 'data' | 'samples' | 'lost' | 'refused' | 'times' | 'coming' | 'judgingMs' | 'readingMs' | 'score'>, TriedFlows {
  /** What people know, as it was given. */
  readonly labels: readonly LabelledState[];
  /** Of the files that it was followed by. */
  readonly release: string;
  /** How many changes there were, and the first of them. */
  readonly found: number;
  readonly changes: readonly TriedChange[];
  /** The newest states in the time that was judged, oldest first. */
  readonly spans: MachineBacktest['spans'];
}

/** A change of state that would have been told. */
export interface TriedChange extends Pick<StateChanged, 'from' | 'to' | 'lasted' | 'reason' | 'toReason'> {
  readonly id: string;
  readonly atMs: number;
}

/** What trying a rule came to. */
export interface BacktestOutcome extends TriedFlows {
  /** Of the files that it was judged by. */
  readonly release: string;
  readonly limits: LimitsUsed;
  readonly terms: RuleTerms;
  /** What of the recording was judged; undefined where nothing of the signal is there. */
  readonly data: { readonly fromMs: number; readonly toMs: number } | undefined;
  readonly samples: { readonly own: number; readonly all: number };
  /** What of the recording could not be read in that time; undefined where all was. */
  readonly lost: BacktestLosses | undefined;
  readonly judgingMs: number;
  readonly readingMs: number;
  /** How many there were, and the first of them. */
  readonly found: number;
  readonly episodes: readonly TriedEpisode[];
  readonly windows: readonly LabelledWindow[];
  readonly score: Score | undefined;
  readonly course: DrawnCourse | undefined;
  /** Of the signal that the limit is a share of. */
  readonly target: DrawnCourse | undefined;
  /** Where a limit can be drawn: in the signal's unit, or in percent of the target. */
  readonly drawn: 'limit' | 'percent' | undefined;
}

/** What of the log a backtest reads, where it asks for the answers of then. */
export type AnsweringLog = Pick<Store, 'run' | 'runs' | 'steps'>;

/** Runs backtests where they hold up nobody. Raises the Faults of what is read; rejects with the signal's reason. */
export interface BacktestWorks {
  /** The edges whose recordings are at hand here. */
  recordings(): Promise<readonly string[]>;
  run(order: BacktestOrder, log: AnsweringLog, signal: AbortSignal): Promise<BacktestOutcome | MachineOutcome>;
}
