import type { Landscape } from '../../model/landscape.ts';
import type { LimitValues } from '../../model/limit.ts';
import type { RunRecord, RunStatus, Store } from '../../store/store.ts';
import { oversight } from '../watch/oversight.ts';
import { noWatch } from '../watch/watch.ts';
import { divergenceOf } from './history-check.ts';
import { isUnknown } from './live-run.ts';

/** How the recorded runs of one flow fit the flow as a landscape has it. */
export interface FlowHistories {
  readonly flow: string;
  /** Histories that it follows, and those that it leaves. */
  readonly fit: number;
  readonly diverged: readonly DivergedHistory[];
  /** Recorded by an engine that knows more: not played. */
  readonly unknown: number;
}

export interface DivergedHistory {
  readonly run: string;
  readonly key: string;
  readonly status: RunStatus;
  readonly release: string;
  /** The recorded step that the flow no longer takes, empty where it takes none, and why. */
  readonly step: string;
  readonly reason: string;
}

/** How the recorded runs of a store fit. */
export interface HistoryReport {
  readonly flows: readonly FlowHistories[];
  /** Runs that have ended and were not played: older than those that were to be, or of a flow that is gone. */
  readonly notPlayed: number;
}

/**
 * Plays the runs of a store that have not ended, and the newest `newestMax` of all, on a landscape's flows, in memory: nothing is recorded
 * or sent. One that has not ended and whose flow is gone diverges before its first step.
 */
export async function historyReport(store: Store, landscape: Landscape, limits: LimitValues, newestMax: number): Promise<HistoryReport> {
  const reports = new Map<string, { fit: number; unknown: number; diverged: DivergedHistory[] }>();
  const over = oversight(noWatch);
  const open = await store.liveRuns();
  const isOpen = new Set(open.map(({ id }) => id));
  const ended = (await store.runs({ limit: newestMax })).filter(({ id }) => !isOpen.has(id));
  let played = 0;
  for (const record of [...open, ...ended]) {
    const flow = landscape.of('flow').get(record.flow);
    const event = flow && (await store.event(record.position));
    if (!isOpen.has(record.id) && (!flow || !event)) continue;
    played += 1;
    const report = reports.get(record.flow) ?? { fit: 0, unknown: 0, diverged: [] };
    reports.set(record.flow, report);
    if (!flow || !event) {
      report.diverged.push(divergedFrom(record, '', flow ? 'the event that it began with is not in the log' : 'the landscape has this flow no longer'));
      continue;
    }
    if (isUnknown(record)) {
      report.unknown += 1;
      continue;
    }
    const diverged = await divergenceOf({ landscape, limits, oversight: over }, flow, record, event, await store.steps(record.id));
    if (!diverged) report.fit += 1;
    else {
      const { step } = diverged.details;
      report.diverged.push(divergedFrom(record, typeof step === 'string' ? step : '', diverged.message));
    }
  }
  const all = Object.values((await store.counts()).runs).reduce((sum, count) => sum + count, 0);
  return { flows: [...reports].map(([flow, report]) => ({ flow, ...report })), notPlayed: Math.max(0, all - played) };
}

function divergedFrom({ id: run, key, status, release }: RunRecord, step: string, reason: string): DivergedHistory {
  return { run, key, status, release, step, reason };
}
