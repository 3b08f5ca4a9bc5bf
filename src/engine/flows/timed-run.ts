import { hashId } from '../../kernel/ids.ts';
import type { Flow } from '../../model/flow.ts';
import { spanMs, type LimitValues } from '../../model/limit.ts';
import type { EventRecord, RunRecord } from '../../store/store.ts';

/** A run whose flow says within what time it has to be over. */
export interface TimedRun {
  readonly record: RunRecord;
  readonly flow: Flow;
  readonly event: EventRecord;
}

/** When a run has to be over, epoch milliseconds; undefined where its flow does not say so. */
export function runDeadlineMs(
  { record, flow: { within }, event }: Pick<TimedRun, 'record' | 'event'> & { readonly flow: Pick<Flow, 'within'> },
  limits: LimitValues,
): number | undefined {
  return within === undefined ? undefined : cameMs(record, event) + spanMs(within, limits);
}

/** When it came to its flow. One that came of a mended message stands in line where that stood, and its time counts from when it was mended. */
export function cameMs({ startedMs }: Pick<RunRecord, 'startedMs'>, { receivedMs }: Pick<EventRecord, 'receivedMs'>): number {
  return Math.max(startedMs, receivedMs);
}

/** The case of a late run follows from the run: it is opened once. */
export function lateId(run: string): string {
  return hashId('run-late', run).slice(0, 20);
}
