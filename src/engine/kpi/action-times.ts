import { endedStatuses, type EventRecord, type StepMark } from '../../store/store.ts';
import { groupsOf, spreadOf, waitingOf, type Spread, type Waiting } from './spread.ts';

/** From events to what flows did in other systems because of them. */
export interface ActionTimes {
  readonly of: string;
  readonly runs: number;
  /** Received by the hub → first effect done. */
  readonly acted: Spread;
  /** Event time → last effect done, of runs that are over and have no open effect; by system: that have none open there. */
  readonly completed: Spread;
  /** Over, and nothing was done in another system. */
  readonly withoutEffect: number;
  /** Runs that go on or have an open effect, and how long ago the oldest event of them was. */
  readonly open: Waiting;
  /** The slowest of the completed, slowest first. */
  readonly slowest: readonly SlowRun[];
}

export interface SlowRun {
  readonly run: string;
  /** The order that it is about, else the first of its business keys. */
  readonly key?: string;
  readonly tookMs: number;
}

/** One run with its effects as they count in one group. */
export interface MeasuredRun {
  readonly run: string;
  readonly event: EventRecord;
  readonly effects: readonly StepMark[];
  readonly goesOn: boolean;
}

const slowestMax = 5;

interface Kept {
  runs: number;
  withoutEffect: number;
  readonly acted: number[];
  readonly completed: number[];
  readonly open: number[];
  slowest: readonly SlowRun[];
}

export interface ActionMeter {
  add(group: string, measured: MeasuredRun): void;
  told(): readonly ActionTimes[];
}

/** Keeps numbers of the runs that it is given, never the runs. */
export function actionMeter(nowMs: number): ActionMeter {
  const groups = groupsOf<Kept>(() => ({ runs: 0, withoutEffect: 0, acted: [], completed: [], open: [], slowest: [] }));

  return {
    add(of, { run, event, effects, goesOn }) {
      const group = groups.of(of);
      group.runs += 1;
      const doneMs = effects.flatMap(({ status, endedMs }) => (status === 'done' && endedMs !== undefined ? [endedMs] : []));
      if (doneMs.length > 0) group.acted.push(Math.min(...doneMs) - event.receivedMs);
      if (goesOn || effects.some(({ status }) => !endedStatuses.includes(status))) {
        group.open.push(nowMs - event.timeMs);
        return;
      }
      if (doneMs.length === 0) {
        group.withoutEffect += 1;
        return;
      }
      const tookMs = Math.max(...doneMs) - event.timeMs;
      group.completed.push(tookMs);
      const key = event.keys.order ?? Object.values(event.keys)[0];
      group.slowest = [...group.slowest, { run, ...(key !== undefined && { key }), tookMs }].sort((a, b) => b.tookMs - a.tookMs).slice(0, slowestMax);
    },
    told: () =>
      [...groups.all]
        .map(([of, { runs, acted, completed, withoutEffect, open, slowest }]) => ({
          of,
          runs,
          acted: spreadOf(acted),
          completed: spreadOf(completed),
          withoutEffect,
          open: waitingOf(open),
          slowest,
        }))
        .toSorted((a, b) => (a.of < b.of ? -1 : 1)),
  };
}
