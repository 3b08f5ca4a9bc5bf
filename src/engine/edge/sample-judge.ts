import type { Signal } from '../../model/asset.ts';
import { evaluate, observe, silence } from '../rules/evaluation.ts';
import type { HeardLag } from './heard-lag.ts';
import type { HeardTraces } from './heard-traces.ts';
import type { Hosted } from './hosted-rule.ts';
import type { LastingValues } from './lasting-values.ts';
import type { MachineDesk } from './machine-desk.ts';
import type { FilterCounts, Sample } from './normalise.ts';
import type { RuleCommitter } from './rule-committer.ts';
import type { RuleContext } from './rule-context.ts';
import type { Seats } from './rule-seats.ts';
import type { TurnDesk } from './turn-desk.ts';

export interface SampleJudgeParts {
  readonly seats: Seats;
  readonly context: RuleContext;
  readonly machines: MachineDesk | undefined;
  /** Both where a source tells only what changes. */
  readonly lag: HeardLag | undefined;
  readonly lasting: LastingValues | undefined;
  readonly traces: Pick<HeardTraces, 'keep'>;
  readonly turns: TurnDesk;
  readonly committer: Pick<RuleCommitter, 'changed'>;
  readonly counts: FilterCounts;
}

/** Takes a good number of now by which nothing can be decided; false where it, and all after it, have to be accepted. Not while `takesAll`. */
export type Passer = (atMs: number, value: number) => boolean;

/** Brings a sample to all who look at its signal. */
export interface SampleJudge {
  take(sample: Sample): void;
  /** Samples of these came that are not judged. */
  missed(samples: readonly Sample[]): void;
  /** The devices behind these signals are known to be silent since `atMs`. */
  stale(signals: Iterable<Signal>, atMs: number): void;
  watches(signal: Signal): boolean;
  /** Who takes a signal's numbers by which nothing can be decided; undefined where all have to be accepted. */
  passerOf(signal: Signal): Passer | undefined;
}

export function sampleJudge({ seats, context, machines, lag, lasting, traces, turns, committer, counts }: SampleJudgeParts): SampleJudge {
  function isSkimmed(each: Hosted, atMs: number, value: number): boolean {
    if (each.hasNews || !each.skimmer.take(atMs, value)) return false;
    // The next commit settles them.
    if (each.skimmer.fresh === 1) committer.changed(each);
    return true;
  }

  function evaluated(each: Hosted, sample: NumberSample, isFirst: boolean): void {
    const result = evaluate(each.settings, each.skimmer.release(), sample, context.of(each));
    each.hasNews = false;
    if (isFirst && (result.verdict === 'late' || result.verdict === 'duplicate')) counts[result.verdict]++;
    committer.changed(each);
    turns.take(each, result.turns);
  }

  return {
    take(sample) {
      machines?.take(sample);
      const { signal } = sample;
      const seat = seats.get(signal.name);
      if (lag && (seat || machines?.watches(signal) === true)) lag.heard(sample);
      if (!seat) return;
      const isSaid = sample.held !== true;
      const isLive = sample.quality === 'good' && !sample.historical;
      if (isLive && isSaid) {
        lasting?.heard(signal.name);
        if (seat.informed.length > 0) context.learn(sample, seat.informed);
      }
      if (isLive) for (const { each, name } of seat.observers) observe(each.settings, each.skimmer.release(), name, { ...sample, value: numberIn(sample) });
      if (!isOfNumber(sample)) return;
      if (sample.trace !== undefined && seat.judges.length > 0) traces.keep(sample);
      for (const each of seat.judges) {
        if (isLive && isSaid && isSkimmed(each, sample.atMs, sample.value)) continue;
        evaluated(each, sample, isSaid && each === seat.judges[0]);
      }
    },
    missed(samples) {
      lasting?.missed(samples);
      machines?.missed(samples.map(({ signal }) => signal));
    },
    stale(signals, atMs) {
      machines?.missed(signals);
      for (const signal of signals) {
        for (const each of seats.get(signal.name)?.judges ?? []) {
          silence(each.skimmer.release(), atMs);
          committer.changed(each);
        }
      }
    },
    watches: (signal) => seats.has(signal.name) || machines?.watches(signal) === true,
    passerOf(signal) {
      const [only, ...others] = seats.get(signal.name)?.judges ?? [];
      if (only === undefined || others.length > 0 || machines?.watches(signal) === true) return undefined;
      return (atMs, value) => isSkimmed(only, atMs, value);
    },
  };
}

type NumberSample = Sample & { readonly value: number };

function isOfNumber(sample: Sample): sample is NumberSample {
  return typeof sample.value === 'number';
}

function numberIn({ value }: Sample): number {
  return typeof value === 'number' ? value : Number.NaN;
}
