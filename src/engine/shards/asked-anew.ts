import type { Change, StepRecord } from '../../store/store.ts';
import { isHandedOver, type Errand } from '../effects/errand.ts';
import { historyText } from '../effects/history.ts';
import type { Verdict } from '../effects/verdict.ts';

type StepSet = Extract<Change, { change: 'step.set' }>;

/** What a person decided about an effect that was refused in the shard of its entity: the commit that records it asks that shard anew, as another request. */
export function askedAnew(record: StepSet, { name, entity = '' }: StepRecord, { input, history, key, ending }: Verdict, nowMs: number): StepSet {
  if (ending) return record;
  return {
    ...record,
    // Whether it was tried is known there.
    status: 'sent',
    history: historyText({ history: [...history, { atMs: nowMs, what: 'handed over', note: 'to the shard of its entity' }] }),
    abroad: { as: nameIn(record.run, key), asks: { name, entity, input: JSON.stringify(input) } },
  };
}

/** The name by which the shard of its entity has told how an effect ended, where a person had begun it anew. */
export function heardAs({ run, step, key, history }: Pick<Errand, 'run' | 'step' | 'key' | 'history'>): Pick<StepSet, 'abroad'> {
  const as = nameIn(run, key);
  return isHandedOver(history) && as !== step ? { abroad: { as } } : {};
}

/** What another shard calls a step that it is asked for under this key. */
function nameIn(run: string, key: string): string {
  return key.slice(run.length + 1);
}
