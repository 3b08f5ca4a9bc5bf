import { Fault } from '../../kernel/errors.ts';
import { hashId } from '../../kernel/ids.ts';
import { Skipped } from '../../model/flow.ts';
import type { AuditRecord, EventRecord, RunRecord, StepRecord, Store } from '../../store/store.ts';
import { RefusedByBusiness } from '../flows/steps.ts';
import { refusedUndos } from '../flows/undo-refused.ts';
import { fieldOf, recorded } from '../stories/recorded-json.ts';

/** What can be done about a run now. */
export type RunAction = 'retry' | 'edit' | 'skip' | 'cancel';

/** How a run stands, as somebody sees it who is about to act on it. */
export interface RunStanding {
  readonly record: RunRecord;
  readonly event: EventRecord;
  readonly steps: readonly StepRecord[];
  /** Changes with everything that an action would be decided on: a second person who saw an earlier one is told so. */
  readonly version: string;
  readonly actions: readonly RunAction[];
  /** Effects that wait for a person: parked, the one whose refusal (or skip) ended the run, or undos that were refused. */
  readonly stuck: readonly StepRecord[];
  /** Waits and pauses that can be skipped. */
  readonly pauses: readonly StepRecord[];
  /** What a person did about it last. */
  readonly last: AuditRecord | undefined;
}

/** What the hub itself notes about a run comes in between. */
const deedsMax = 100;

/** Whether an entry tells what a person did about a run. */
export function isDeed({ action }: AuditRecord): boolean {
  return action.startsWith('run.');
}

/** Reads how a run stands. Raises NOT_FOUND. */
export async function standingOf(store: Store, id: string): Promise<RunStanding> {
  const record = await store.run(id);
  const event = record && (await store.event(record.position));
  if (!record || !event) throw new Fault('NOT_FOUND', `No run is called "${id.slice(0, 100)}".`);
  const [steps, audit] = await Promise.all([store.steps(id), store.audit({ subject: id, limit: deedsMax })]);
  return { event, ...standing(record, steps, audit.find(isDeed)) };
}

/** The same, of what was read. Pure. */
export function standing(record: RunRecord, steps: readonly StepRecord[], last: AuditRecord | undefined): Omit<RunStanding, 'event'> {
  const failed = record.status === 'failed' ? failedStep(record, steps) : undefined;
  const parked = steps.filter(({ kind, status }) => kind === 'effect' && status === 'parked');
  const stuck = [...parked, ...(failed ? [failed] : []), ...(record.status === 'compensated' ? refusedUndos(steps) : [])];
  const pauses = record.status === 'active' ? steps.filter(({ kind, status }) => (kind === 'wait' || kind === 'sleep') && status === 'open') : [];
  const isStopped = record.status === 'parked' || record.status === 'failed';
  const actions: readonly RunAction[] = [
    ...(isStopped || stuck.length > 0 ? (['retry'] as const) : []),
    ...(stuck.length > 0 ? (['edit'] as const) : []),
    ...(stuck.length > 0 || pauses.length > 0 ? (['skip'] as const) : []),
    ...(isStopped || record.status === 'active' || record.status === 'queued' ? (['cancel'] as const) : []),
  ];
  const seen = [record.status, String(record.endedMs ?? ''), String(last?.id ?? 0), ...stuck.map(({ id, attempts, history }) => `${id} ${attempts} ${history.length}`)];
  return { record, steps, version: hashId(...seen).slice(0, 12), actions, stuck, pauses, last };
}

/** The step that ended a run: its reason is word for word what was recorded then. */
function failedStep({ reason }: RunRecord, steps: readonly StepRecord[]): StepRecord | undefined {
  return steps
    .filter(({ kind, done }) => kind === 'effect' && done !== undefined)
    .sort((a, b) => (b.done ?? 0) - (a.done ?? 0))
    .find((step) => {
      const output = recorded(step.output);
      const refusal = fieldOf(output, 'refusal');
      if (step.status === 'refused') return new RefusedByBusiness(step.name, refusal).message === reason;
      return step.status === 'cancelled' && new Skipped(step.name, String(fieldOf(refusal, 'reason'))).message === reason;
    });
}
