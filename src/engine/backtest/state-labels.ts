import { Type } from 'typebox';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { momentOf } from '../../kernel/moment.ts';
import { parse, schema } from '../../kernel/schema.ts';
import { packmlStates, type PackmlState } from '../../model/packml.ts';

/** A stretch in which a machine was in a state, as people know afterwards; epoch milliseconds. */
export interface LabelledState {
  readonly state: PackmlState;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A state as it was followed; no end of the one that goes on. */
export interface FollowedSpan {
  readonly state: PackmlState;
  readonly fromMs: number;
  readonly toMs: number | undefined;
}

/** A change of state at a time, epoch milliseconds. */
export interface ScoredChange {
  readonly atMs: number;
  readonly from: PackmlState;
  readonly to: PackmlState;
}

/** How a state that was followed agrees with what people know, within the time that is labelled; milliseconds. */
export interface StateAgreement {
  readonly state: PackmlState;
  /** Labelled as this state, followed as it, and both at once. */
  readonly labelledMs: number;
  readonly followedMs: number;
  readonly agreedMs: number;
}

export interface StateScore {
  /** Labelled time within what was judged, and how much of it was followed as it is labelled; milliseconds. */
  readonly labelledMs: number;
  readonly agreedMs: number;
  /** Those that are labelled or followed in that time, the longest first. */
  readonly states: readonly StateAgreement[];
  /** Changes within the labelled time. */
  readonly changes: number;
  /** Labelled changes that were not followed to the same state within the tolerance. */
  readonly missed: readonly ScoredChange[];
  /** Followed changes that are not labelled. */
  readonly invented: readonly ScoredChange[];
  /** How far a change may lie from the labelled one, milliseconds. */
  readonly withinMs: number;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Compares what was followed in `data` with the labels. */
export function stateScore(labels: readonly LabelledState[], spans: readonly FollowedSpan[], data: Span, withinMs: number): StateScore {
  const known = labels.flatMap((label) => {
    const [fromMs, toMs] = [Math.max(label.fromMs, data.fromMs), Math.min(label.toMs, data.toMs)];
    return toMs > fromMs ? [{ ...label, fromMs, toMs }] : [];
  });
  const followed = spans.map((span) => ({ ...span, toMs: span.toMs ?? data.toMs }));
  const overlapMs = (a: Span, b: Span): number => Math.max(0, Math.min(a.toMs, b.toMs) - Math.max(a.fromMs, b.fromMs));
  const sum = (ones: readonly Span[], others: readonly Span[]): number => ones.reduce((all, one) => all + others.reduce((part, other) => part + overlapMs(one, other), 0), 0);
  const names = new Set([...known, ...followed.filter((span) => known.some((label) => overlapMs(label, span) > 0))].map(({ state }) => state));
  const states = [...names].map((state): StateAgreement => {
    const [labelled, told] = [known.filter((each) => each.state === state), followed.filter((each) => each.state === state)];
    return { state, labelledMs: labelled.reduce((all, { fromMs, toMs }) => all + toMs - fromMs, 0), followedMs: sum(told, known), agreedMs: sum(labelled, told) };
  });
  const labelled = changesOf(known);
  // Where a labelled stretch ends and none adjoins it, nobody says what came next.
  const isKnown = (atMs: number): boolean =>
    known.some(({ fromMs, toMs }) => fromMs < atMs && atMs < toMs) || (known.some(({ toMs }) => toMs === atMs) && known.some(({ fromMs }) => fromMs === atMs));
  const made = changesOf(followed).filter(({ atMs }) => isKnown(atMs));
  const matched = matchedOf(labelled, made, withinMs);
  return {
    labelledMs: states.reduce((all, each) => all + each.labelledMs, 0),
    agreedMs: states.reduce((all, each) => all + each.agreedMs, 0),
    states: states.toSorted((a, b) => b.labelledMs - a.labelledMs || b.followedMs - a.followedMs),
    changes: labelled.length,
    missed: labelled.filter((change) => !matched.has(change)),
    invented: made.filter((change) => !new Set(matched.values()).has(change)),
    withinMs,
  };
}

/** From a stretch to the one that adjoins it. */
function changesOf(spans: readonly (Span & { readonly state: PackmlState })[]): readonly ScoredChange[] {
  return spans.flatMap(({ state, fromMs }, index) => {
    const before = spans[index - 1];
    return before && before.toMs === fromMs && before.state !== state ? [{ atMs: fromMs, from: before.state, to: state }] : [];
  });
}

/** Each labelled change with the nearest one to the same state that no other has. */
function matchedOf(labelled: readonly ScoredChange[], made: readonly ScoredChange[], withinMs: number): ReadonlyMap<ScoredChange, ScoredChange> {
  const matched = new Map<ScoredChange, ScoredChange>();
  const taken = new Set<ScoredChange>();
  for (const change of labelled) {
    const near = made.filter((each) => each.to === change.to && !taken.has(each) && Math.abs(each.atMs - change.atMs) <= withinMs);
    const [best] = near.toSorted((a, b) => Math.abs(a.atMs - change.atMs) - Math.abs(b.atMs - change.atMs));
    if (!best) continue;
    matched.set(change, best);
    taken.add(best);
  }
  return matched;
}

const jsonShape = schema(Type.Array(Type.Tuple([Type.String(), Type.String(), Type.String()])));
const stateNames: ReadonlyMap<string, PackmlState> = new Map(packmlStates.map((state) => [state.toLowerCase(), state]));

/** Labelled states from a text, in the order of time: CSV lines `from,to,state`, or a JSON list of `[from, to, state]`. Raises INPUT_INVALID. */
export function readStateLabels(text: string): readonly LabelledState[] {
  const trimmed = text.trim();
  const listed = trimmed.startsWith('[') ? jsonTriples(trimmed) : csvTriples(trimmed);
  const labels = listed.map(([from, to, name], index): LabelledState => {
    const label = `Label ${index + 1}`;
    const [fromMs, toMs, state] = [momentOf(from, label), momentOf(to, label), stateNames.get(name.trim().toLowerCase())];
    if (state === undefined) throw new Fault('INPUT_INVALID', `${label}: "${name.slice(0, 100)}" is no state of PackML. They are: ${packmlStates.join(', ')}.`, { state: name });
    if (toMs > fromMs) return { state, fromMs, toMs };
    throw new Fault('INPUT_INVALID', `The label ${index + 1} ends before it begins: ${from} … ${to}.`, { from, to });
  });
  const sorted = labels.toSorted((a, b) => a.fromMs - b.fromMs);
  for (const [index, { fromMs, state }] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before && before.toMs > fromMs)
      throw new Fault('INPUT_INVALID', `At ${new Date(fromMs).toISOString()} the machine is labelled ${before.state} and ${state}; it is in one state at a time.`, { fromMs });
  }
  return sorted;
}

function csvTriples(text: string): readonly (readonly [string, string, string])[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !/^(from|start)\b/i.test(line));
  return lines.map((line) => {
    const [from = '', to = '', state = ''] = line.split(',');
    return [from, to, state];
  });
}

function jsonTriples(text: string): readonly (readonly [string, string, string])[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Fault('INPUT_INVALID', `The labels are no JSON: ${messageOf(error)}`, {}, error);
  }
  return parse(jsonShape, value, 'The labels');
}
