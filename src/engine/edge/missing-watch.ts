import { tick } from '../rules/missing-data.ts';
import type { Recorder } from '../telemetry/recorder.ts';
import type { Hosted } from './hosted-rule.ts';
import type { RuleCommitter } from './rule-committer.ts';
import type { RuleContext } from './rule-context.ts';
import type { TurnDesk } from './turn-desk.ts';

/** How often missing data is looked for, by the edge's clock: at whole multiples of it, so that a recording has the same moments. */
export const tickMs = 1_000;

export function nextTick(afterMs: number): number {
  return (Math.floor(afterMs / tickMs) + 1) * tickMs;
}

export interface MissingWatchParts {
  readonly hosted: readonly Hosted[];
  readonly context: Pick<RuleContext, 'of'>;
  readonly turns: TurnDesk;
  readonly committer: Pick<RuleCommitter, 'changed'>;
  readonly recorder?: Pick<Recorder, 'ticked'>;
  readonly nowMs: number;
}

/** Looks for missing data, for the rules that have a condition on it. */
export interface MissingWatch {
  /** Whether there is such a rule. */
  readonly isNeeded: boolean;
  /** Looks at each whole tick up to now; to be called before anything that came now is judged. */
  upTo(nowMs: number): void;
  /** Begins again from now on: what was not heard before is not held against anybody. */
  listenFrom(nowMs: number): void;
}

export function missingWatch({ hosted, context, turns, committer, recorder, nowMs: startMs }: MissingWatchParts): MissingWatch {
  const ticking = hosted.filter(({ settings }) => settings.composed?.hasMissing === true);
  let tickedMs = startMs;
  return {
    isNeeded: ticking.length > 0,
    upTo(nowMs) {
      if (ticking.length === 0) return;
      // After a standstill of the process, the ticks that nobody saw would all say the same.
      tickedMs = Math.max(tickedMs, nowMs - 60 * tickMs);
      for (let atMs = nextTick(tickedMs); atMs <= nowMs; atMs += tickMs) {
        recorder?.ticked(atMs);
        for (const each of ticking) {
          turns.take(each, tick(each.settings, each.skimmer.release(), atMs, context.of(each)));
          committer.changed(each);
        }
        tickedMs = atMs;
      }
    },
    listenFrom(nowMs) {
      tickedMs = nowMs;
      for (const { skimmer } of ticking) skimmer.release().listeningMs = nowMs;
    },
  };
}
