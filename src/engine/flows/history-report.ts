import type { Landscape } from '../../model/landscape.ts';
import type { LimitValues } from '../../model/limit.ts';
import type { RunStatus, Store } from '../../store/store.ts';
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
  /** The recorded step that the flow no longer takes, and what it does instead. */
  readonly step: string;
  readonly reason: string;
}

/** Plays the newest `runsMax` recorded runs of a store on a landscape's flows, in memory: nothing is recorded or sent. */
export async function historyReport(store: Store, landscape: Landscape, limits: LimitValues, runsMax: number): Promise<readonly FlowHistories[]> {
  const reports = new Map<string, { fit: number; unknown: number; diverged: DivergedHistory[] }>();
  const over = oversight(noWatch);
  for (const record of await store.runs({ limit: runsMax })) {
    const flow = landscape.of('flow').get(record.flow);
    const event = flow && (await store.event(record.position));
    if (!flow || !event) continue;
    const report = reports.get(flow.name) ?? { fit: 0, unknown: 0, diverged: [] };
    reports.set(flow.name, report);
    if (isUnknown(record)) {
      report.unknown += 1;
      continue;
    }
    const diverged = await divergenceOf({ landscape, limits, oversight: over }, flow, record, event, await store.steps(record.id));
    if (!diverged) report.fit += 1;
    else {
      const { id: run, key, status, release } = record;
      const { step } = diverged.details;
      report.diverged.push({ run, key, status, release, step: typeof step === 'string' ? step : '', reason: diverged.message });
    }
  }
  return [...reports].map(([flow, report]) => ({ flow, ...report }));
}
