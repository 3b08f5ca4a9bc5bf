import type { Rule } from '../../model/rule.ts';
import { nextTick, tickMs } from '../edge/missing-watch.ts';
import { adopt, evaluate, observe, silence, type Turn } from '../rules/evaluation.ts';
import { tick } from '../rules/missing-data.ts';
import type { RuleSettings } from '../rules/rule-settings.ts';
import { emptyRuleState, type ContextValues, type RuleState } from '../rules/rule-state.ts';
import { lateSince } from '../rules/lateness.ts';
import { contextWeights, type Weight } from '../rules/context-weight.ts';
import { Skimmer } from '../rules/skimmer.ts';
import { parseRuleState } from '../rules/stored-state.ts';
import { sampleAt, type Known, type SignalColumns, type TelemetryMark } from '../telemetry/telemetry-block.ts';
import { heldFlag } from '../telemetry/telemetry-rows.ts';
import type { Player } from './playing.ts';

/** Judges recorded telemetry by one rule, as the edge would have. */
export interface RulePlayer extends Player {
  /** In the order of deciding. */
  readonly turns: readonly Turn[];
  readonly state: RuleState;
}

export interface RulePlayerParts {
  readonly rule: Rule;
  readonly settings: RuleSettings;
  /** Takes the short way where nothing can happen; without it every sample is judged as on the edge. The same comes of both. */
  readonly isFast?: boolean;
  /** Called for each sample that is judged by itself. */
  readonly onJudged?: () => void;
}

export function rulePlayer({ rule, settings, isFast = true, onJudged }: RulePlayerParts): RulePlayer {
  const turns: Turn[] = [];
  const known = new Map<string, Known>();
  const names = Object.entries(rule.with).map(([name, signal]) => ({ name, signal: signal.name }));
  const isWatching = settings.composed !== undefined && (settings.composed.hasMissing || Object.values(settings.composed.kept).some((keptMs) => keptMs > 0));
  const weights = contextWeights(settings);
  /** What a context says that a judgement depends on between turns. */
  const weighing = names.filter(({ name }) => weights.has(name));
  const skimmer = new Skimmer(settings, freshState());
  let hasBegun = false;
  let tickedMs: number | undefined;
  let [own, all] = [0, 0];

  /** Whether a context says nothing else than what the state was judged by last. */
  function isAlike(name: string, value: ContextValues[string] | undefined): boolean {
    const before = skimmer.context[name];
    return before === value || (before !== undefined && value !== undefined && weights.get(name)?.(before) === weights.get(name)?.(value));
  }

  function freshState(): RuleState {
    const fresh = emptyRuleState();
    adopt(settings, fresh);
    return fresh;
  }

  function context(): ContextValues {
    const values: Record<string, number | string | boolean> = {};
    for (const { name, signal } of names) {
      const found = known.get(signal);
      if (found) values[name] = found.value;
    }
    return values;
  }

  function tickUpTo(nowMs: number): void {
    if (settings.composed?.hasMissing !== true) return;
    tickedMs = Math.max(tickedMs ?? nowMs, nowMs - 60 * tickMs);
    for (let atMs = nextTick(tickedMs); atMs <= nowMs; atMs += tickMs) {
      turns.push(...tick(settings, skimmer.release(), atMs, context()));
      tickedMs = atMs;
    }
  }

  function take(mark: TelemetryMark): void {
    if (mark.kind === 'stale') {
      if (mark.signals.includes(rule.on.name)) silence(skimmer.release(), mark.atMs);
      return;
    }
    if (hasBegun && mark.reason === 'file') return;
    for (const [signal, value] of Object.entries(mark.known)) known.set(signal, value);
    const text = mark.states[rule.name];
    const stored = text === undefined ? undefined : parseRuleState(text, rule.name);
    // What a rule with other settings held is no start for this one: it goes on with what it has.
    if (stored && stored.fingerprint === settings.fingerprint) skimmer.follow(stored);
    if (mark.reason === 'start') {
      tickedMs = mark.atMs;
      if (settings.composed?.hasMissing === true) skimmer.release().listeningMs = mark.atMs;
    }
    hasBegun = true;
  }

  function judge(columns: SignalColumns, index: number): void {
    onJudged?.();
    turns.push(...evaluate(settings, skimmer.release(), sampleAt(columns, index), context()).turns);
  }

  return {
    turns,
    samples: () => ({ own, all }),
    get state() {
      return skimmer.state;
    },
    miss() {
      hasBegun = false;
    },
    play(block) {
      const columns = block.columns(rule.on.name);
      const contexts = names.flatMap(({ name, signal }) => {
        const found = block.columns(signal);
        return found ? [contextCursor(name, found, known, weights.get(name), isWatching ? (sample) => observe(settings, skimmer.release(), name, sample) : undefined)] : [];
      });
      own += columns?.count ?? 0;
      all += (columns?.count ?? 0) + contexts.reduce((sum, each) => sum + each.count, 0);
      const breaking = contexts.filter(({ name }) => weighing.some((one) => one.name === name));
      const marks = block.marks.toSorted((a, b) => a.row - b.row);
      let index = 0;
      for (const [place, stop] of [...marks.map(({ row }) => row), block.rows].entries()) {
        if (isWatching) playWatching(columns, contexts, stop);
        else if (columns) playPlain(columns, stop);
        for (const each of contexts) each.upTo(stop);
        const mark = marks[place];
        if (mark) take(mark);
      }
      tickUpTo(block.tickedMs);

      function playPlain(taken: SignalColumns, stopRow: number): void {
        while (index < taken.count && (taken.rows[index] ?? Infinity) < stopRow) {
          if (isFast && taken.flags === undefined && !skimmer.rests()) {
            // The rows up to which the context that matters stays as it is in the state.
            const row = taken.rows[index] ?? 0;
            for (const each of breaking) each.upTo(row);
            if (weighing.every(({ name, signal }) => isAlike(name, known.get(signal)?.value))) {
              const changeRow = breaking.reduce((least, each) => Math.min(least, each.nextChange()), stopRow);
              const end = firstAtOrAfter(taken.rows, index, changeRow);
              const passed = end > index ? skimmer.takeAll(taken.atMs, taken.values, index, end) : index;
              const isAll = passed > index && passed >= end;
              if (passed > index) {
                // What an episode would tell of if the next sample ended it by its order.
                for (const each of contexts) each.upTo((taken.rows[passed - 1] ?? 0) + 1);
                Object.assign(skimmer.state.context, context());
              }
              index = passed;
              if (isAll) continue;
            }
          }
          // A signal that is its own context is known before it is judged.
          for (const each of contexts) each.upTo((taken.rows[index] ?? 0) + 1);
          judge(taken, index++);
        }
      }

      /** Every sample of every signal in its place: what is kept of the others, and how long they were silent, depends on it. */
      function playWatching(taken: SignalColumns | undefined, others: readonly ContextCursor[], stopRow: number): void {
        for (;;) {
          const rowOwn = taken && index < taken.count ? (taken.rows[index] ?? Infinity) : Infinity;
          const next = others.reduce<ContextCursor | undefined>((first, each) => (first === undefined || each.row() < first.row() ? each : first), undefined);
          const row = Math.min(rowOwn, next?.row() ?? Infinity);
          if (row >= stopRow) return;
          tickUpTo(row === rowOwn ? (taken?.receivedMs[index] ?? 0) : (next?.receivedMs() ?? 0));
          if (row !== rowOwn) next?.upTo(row + 1);
          else {
            for (const each of others) if (each.row() === row) each.upTo(row + 1);
            if (taken) judge(taken, index++);
          }
        }
      }
    },
  };
}

interface ContextCursor {
  readonly name: string;
  readonly signal: string;
  readonly count: number;
  /** The row of the next sample; ∞ at the end. */
  row(): number;
  receivedMs(): number;
  /** Learns what came before a row. */
  upTo(row: number): void;
  /** The row of the next sample that says something else; ∞ where none does. */
  nextChange(): number;
}

/** Walks over the samples of a context signal, and keeps what is known of it as the rule host does. */
function contextCursor(
  name: string,
  columns: SignalColumns,
  known: Map<string, Known>,
  weightOf: Weight | undefined,
  onSample: ((sample: { readonly value: number; readonly atMs: number; readonly receivedMs: number; readonly held: boolean }) => void) | undefined,
): ContextCursor {
  const { signal, count, words, flags, steady } = columns;
  let index = 0;
  let changeIndex = 0;
  const isGood = (at: number): boolean => flags === undefined || flags[at] === 0;
  const rowAt = (at: number): number => (at < count ? (steady ? steady.rowAt(at) : (columns.rows[at] ?? Infinity)) : Infinity);
  const know = (at: number, atMs: number): void => {
    const value = columns.values[at] ?? 0;
    known.set(signal, { value: words?.[value] ?? value, atMs });
  };

  /** Of times that rise, and are not late, only the last sample counts. */
  function jumpTo(row: number, atMsAt: (at: number) => number): void {
    const end = firstIndex(index, count, (at) => rowAt(at) >= row);
    if (end > index) know(end - 1, atMsAt(end - 1));
    index = end;
  }

  function walkTo(row: number): void {
    const { rows, atMs, values } = columns;
    let last = -1;
    const before = known.get(signal);
    const newest = { atMs: before?.atMs ?? -Infinity, lateSinceMs: before?.lateSinceMs };
    for (; index < count && (rows[index] ?? Infinity) < row; index++) {
      const held = flags?.[index] === heldFlag;
      if (!isGood(index) && !held) continue;
      const sampleMs = atMs[index] ?? 0;
      onSample?.({ value: words === undefined ? (values[index] ?? 0) : Number.NaN, atMs: sampleMs, receivedMs: columns.receivedMs[index] ?? 0, held });
      if (held) continue;
      newest.lateSinceMs = sampleMs < newest.atMs ? lateSince(newest, sampleMs, columns.receivedMs[index] ?? 0) : undefined;
      if (newest.lateSinceMs !== undefined) continue;
      newest.atMs = sampleMs;
      last = index;
    }
    if (last >= 0) know(last, newest.atMs);
    const now = known.get(signal);
    if (now && now.lateSinceMs !== newest.lateSinceMs) known.set(signal, { ...now, lateSinceMs: newest.lateSinceMs });
  }

  return {
    name,
    signal,
    count,
    row: () => rowAt(index),
    receivedMs: () => columns.receivedMs[index] ?? 0,
    upTo(row) {
      if (rowAt(index) >= row) return;
      if (steady?.isRising === true && !onSample && steady.atMsAt(index) >= (known.get(signal)?.atMs ?? -Infinity)) jumpTo(row, steady.atMsAt);
      else walkTo(row);
    },
    nextChange() {
      const said = known.get(signal)?.value;
      if (said === undefined || !weightOf) return rowAt(index);
      const weight = weightOf(said);
      const { values } = columns;
      let alike = Number.NaN;
      const isSame = (value: number): boolean => {
        if (value === alike) return true;
        if (weightOf(words?.[value] ?? value) !== weight) return false;
        alike = value;
        return true;
      };
      changeIndex = Math.max(changeIndex, index);
      if (steady?.isConstant === true) return isSame(values[0] ?? 0) ? Infinity : rowAt(changeIndex);
      while (changeIndex < count && isGood(changeIndex) && isSame(values[changeIndex] ?? 0)) changeIndex++;
      return rowAt(changeIndex);
    },
  };
}

/** The first index from `from` on whose row is not below `row`. */
function firstAtOrAfter(rows: Float64Array, from: number, row: number): number {
  return firstIndex(from, rows.length, (index) => (rows[index] ?? Infinity) >= row);
}

/** The first index in [from, to) at which what only begins to hold holds; `to` where it never does. */
function firstIndex(from: number, to: number, holds: (index: number) => boolean): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
