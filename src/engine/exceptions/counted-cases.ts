import type { ExceptionRecord, RunRecord, StepRecord, StoreReads } from '../../store/store.ts';
import { historyOf } from '../effects/history.ts';
import { expiredCause } from '../flows/expired-case.ts';
import { recorded } from '../stories/recorded-json.ts';
import { factsOf } from './case-facts.ts';

/** Cases of effects that expired, newest first, in which those of one key are looked for. */
const expiredMax = 200;

/** A key's cases, with those in which something of its runs was counted that another key's opened. Oldest first. */
export async function withCounted(
  store: Pick<StoreReads, 'exception' | 'exceptions'>,
  own: readonly ExceptionRecord[],
  runs: readonly RunRecord[],
  steps: readonly StepRecord[],
): Promise<readonly ExceptionRecord[]> {
  const cases = new Map(own.map((each) => [each.id, each]));
  const ours = new Set(runs.map(({ id }) => id));
  const theirs = steps.filter(({ run }) => ours.has(run));
  for (const { kind, output } of theirs) {
    const id = kind === 'raise' ? recorded(output) : undefined;
    if (typeof id !== 'string' || cases.has(id)) continue;
    const found = await store.exception(id);
    if (found) cases.set(id, found);
  }
  const expired = theirs.filter(({ kind, status }) => kind === 'effect' && status === 'expired');
  if (expired.length === 0) return oldestFirst(cases);
  for (const each of await store.exceptions({ type: 'effect-expired', limit: expiredMax })) if (expired.some((step) => counts(each, step))) cases.set(each.id, each);
  return oldestFirst(cases);
}

function counts(record: ExceptionRecord, step: StepRecord): boolean {
  const { cause, firstMs, lastMs } = factsOf(record);
  const { name, system = '', endedMs = 0 } = step;
  return cause === expiredCause(name, system, historyOf(step).at(-1)?.note) && firstMs <= endedMs && endedMs <= lastMs;
}

function oldestFirst(cases: ReadonlyMap<string, ExceptionRecord>): readonly ExceptionRecord[] {
  return [...cases.values()].toSorted((one, other) => one.openedMs - other.openedMs);
}
