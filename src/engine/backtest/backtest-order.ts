import type { Store } from '../../store/store.ts';
import type { LimitValues } from '../../model/limit.ts';
import type { LimitsUsed } from '../../model/rule.ts';
import type { RuleTerms } from '../graph/rule-words.ts';
import type { Rehearsed, RehearsedStep } from '../replay/rehearsed.ts';
import type { FoundEpisode, LabelledWindow, Score } from './labels.ts';

/** A rule to be tried on what an edge recorded. Times are epoch milliseconds. */
export interface BacktestOrder {
  readonly rule: string;
  readonly edge: string;
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  /** All limits, those that count and over them those that are tried. */
  readonly limits: LimitValues;
  /** What people know, as `readLabels` takes it. */
  readonly labels: string | undefined;
  /** Samples of all signals that are judged at most. */
  readonly samplesMax: number;
}

/** What of a recording could not be read. */
export interface RecordingLoss {
  readonly file: string;
  /** At least so many. */
  readonly blocks: number;
  readonly bytes: number;
  /** Its edge was killed while it wrote this: it never was whole. */
  readonly isCut: boolean;
  /** Event times that were read before and after it; undefined where nothing was. */
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
}

/** How much a backtest could not read, and the first of it. */
export interface BacktestLosses {
  readonly blocks: number;
  readonly bytes: number;
  readonly parts: readonly RecordingLoss[];
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

/** What a backtest came to. */
export interface BacktestOutcome {
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
  readonly flowsFound: number;
  readonly flows: readonly TriedFlow[];
  /** How many answers were those of then, and how many stood in for them. */
  readonly answers: { readonly ofThen: number; readonly standIn: number };
}

/** What of the log a backtest reads, where it asks for the answers of then. */
export type AnsweringLog = Pick<Store, 'run' | 'runs' | 'steps'>;

/** Runs backtests where they hold up nobody. Raises the Faults of what is read; rejects with the signal's reason. */
export interface BacktestWorks {
  /** The edges whose recordings are at hand here. */
  recordings(): Promise<readonly string[]>;
  run(order: BacktestOrder, log: AnsweringLog, signal: AbortSignal): Promise<BacktestOutcome>;
}
