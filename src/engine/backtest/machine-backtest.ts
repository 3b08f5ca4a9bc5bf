import { spanMs, type LimitValues } from '../../model/limit.ts';
import type { Machine } from '../../model/machine.ts';
import type { StateSpan } from '../../model/machine-state.ts';
import type { PackmlState } from '../../model/packml.ts';
import { reasonNow } from '../edge/machine-memory.ts';
import { machineFingerprint } from '../edge/machine-record.ts';
import { machinePlayer, type PlayedChange } from './machine-player.ts';
import { stateScore, type LabelledState, type StateScore } from './state-labels.ts';
import { playing, type Playing, type PlayingParts } from './playing.ts';

export interface MachineBacktestParts extends Omit<PlayingParts, 'player' | 'own'> {
  readonly machine: Machine;
  readonly limits: LimitValues;
  /** What people know of its states, as `readStateLabels` gives it. */
  readonly labels?: readonly LabelledState[] | undefined;
  /** How far a change may lie from the labelled one, milliseconds. */
  readonly withinMs?: number | undefined;
}

/** How far a change may lie from the labelled one, unless it is said: people write minutes. */
export const labelWithinMs = 60_000;

/** A stretch of one state with its reason; epoch milliseconds, no end of the one that goes on. */
export interface ReasonedSpan extends StateSpan<PackmlState> {
  readonly reason: string | undefined;
}

/** How often and how long a machine was in a state, for a reason. */
export interface StateTime {
  readonly state: PackmlState;
  readonly reason: string | undefined;
  readonly count: number;
  readonly ms: number;
}

export interface MachineBacktest extends Playing {
  readonly machine: string;
  readonly dwellMs: number;
  /** Those whose new state began in the time asked for, oldest first. */
  readonly changes: readonly PlayedChange[];
  /** The states in the time that was judged, cut to it. */
  readonly spans: readonly ReasonedSpan[];
  /** The same by state and reason, the longest first. */
  readonly times: readonly StateTime[];
  /** A state that has not lasted for the dwell at the end of what was judged, since when. */
  readonly coming: { readonly state: PackmlState; readonly atMs: number } | undefined;
  /** Values that were not taken: late ones, and those that the machine does not say the meaning of. */
  readonly refused: Readonly<Record<'late' | 'unknown', number>>;
  /** How that agrees with the labels; undefined without. */
  readonly score: StateScore | undefined;
}

/** Follows a machine over telemetry and tells its changes of state. Raises the Faults of what is read, INPUT_INVALID on a span that is none, and TOO_LARGE beyond `samplesMax`. */
export async function machineBacktest({ machine, limits, labels, withinMs = labelWithinMs, ...parts }: MachineBacktestParts): Promise<MachineBacktest> {
  const { fromMs = -Infinity, toMs = Infinity } = parts;
  const dwellMs = spanMs(machine.dwell, limits);
  const player = machinePlayer({ machine, dwellMs, fingerprint: machineFingerprint(machine, dwellMs) });
  const played = await playing({ ...parts, player, own: machine.on.name });
  const { memory, refused } = player;
  const changes = player.changes.toSorted((a, b) => a.atMs - b.atMs);
  const ended = changes.map(({ change: { from }, data }): ReasonedSpan => ({ ...from, reason: data.reason }));
  const last = memory.settled && { state: memory.settled.state, fromMs: memory.settled.atMs, toMs: undefined, reason: reasonNow(memory) };
  const spans = played.data ? cut([...ended, ...(last ? [last] : [])], played.data) : [];
  return {
    ...played,
    machine: machine.name,
    dwellMs,
    changes: changes.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs),
    spans,
    times: played.data ? timesOf(spans, played.data.toMs) : [],
    coming: memory.coming,
    refused: { ...refused },
    score: labels && stateScore(labels, spans, played.data ?? { fromMs: 0, toMs: 0 }, withinMs),
  };
}

function cut(spans: readonly ReasonedSpan[], { fromMs, toMs }: NonNullable<Playing['data']>): readonly ReasonedSpan[] {
  return spans
    .filter((span) => span.fromMs <= toMs && (span.toMs ?? Infinity) > fromMs)
    .map((span) => ({ ...span, fromMs: Math.max(span.fromMs, fromMs), toMs: span.toMs !== undefined && span.toMs <= toMs ? span.toMs : undefined }));
}

function timesOf(spans: readonly ReasonedSpan[], endMs: number): readonly StateTime[] {
  const alike = Map.groupBy(spans, ({ state, reason }) => `${state} ${reason ?? ''}`);
  const times = [...alike.values()].flatMap((group): readonly StateTime[] => {
    const [{ state, reason } = {}] = group;
    return state === undefined ? [] : [{ state, reason, count: group.length, ms: group.reduce((sum, { fromMs, toMs = endMs }) => sum + toMs - fromMs, 0) }];
  });
  return times.toSorted((a, b) => b.ms - a.ms);
}
