import type { RunStatus, StepKind, StepMode } from '../../store/store.ts';
import type { FieldDifference } from './field-diff.ts';

/**
 * What a step of a rehearsal is beside what really happened: asked for as then, with something else, or not at all then. `missing`: it was
 * taken then, and is not now. `not reached`: the rehearsal did not come so far.
 */
export type StepVerdict = 'same' | 'changed' | 'new' | 'missing' | 'not reached';

/**
 * Where the answer came from that the flow went on with: the record of the same question; the record of another input, which stands in
 * for it; the log; the system, asked now; or nowhere, so that the flow stopped there.
 */
export type AnswerSource = 'recorded' | 'stand-in' | 'log' | 'asked' | 'unknown';

export interface RehearsedStep {
  readonly id: string;
  readonly kind: StepKind;
  readonly mode: StepMode;
  /** Capability, decision, contract or exception name. */
  readonly name: string;
  readonly verdict: StepVerdict;
  readonly system?: string | undefined;
  readonly input?: unknown;
  /** Of a decision: what it gave. */
  readonly output?: unknown;
  readonly answer?: AnswerSource | undefined;
  /** From then to now: of the input, of a decision of what it gave. */
  readonly differences: readonly FieldDifference[];
}

/** How a rehearsal of one event in one flow came out. Nothing was sent, nothing was written. */
export interface Rehearsed {
  readonly run: string;
  readonly flow: string;
  readonly key: string | undefined;
  readonly event: { readonly position: number; readonly id: string; readonly type: string; readonly taken: string };
  /** How the run really stands; undefined where there is none. */
  readonly was: RunStatus | undefined;
  /**
   * How it ends now: as a run does, or `stopped` where an answer is not known, `waiting` where its time has not come, `left` where another
   * run of its key had the event, `decided` where somebody decided how the run went on: it is compared up to there.
   */
  readonly end: 'done' | 'compensated' | 'failed' | 'parked' | 'stopped' | 'waiting' | 'left' | 'decided';
  /** Why it ends so. */
  readonly why?: string | undefined;
  readonly steps: readonly RehearsedStep[];
}

/** Whether something would come out differently. */
export function differs({ steps, end, was }: Rehearsed): boolean {
  return steps.some(({ verdict }) => verdict === 'changed' || verdict === 'new' || verdict === 'missing') || (was !== undefined && end !== was && isEnd(end) && isEnd(was));
}

function isEnd(status: Rehearsed['end'] | RunStatus): boolean {
  return status === 'done' || status === 'compensated' || status === 'failed' || status === 'parked';
}
