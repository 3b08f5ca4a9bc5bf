import type { ExceptionRecord } from '../../store/store.ts';
import { fieldOf, recorded } from '../stories/recorded-json.ts';
import { groupsOf, spreadOf, waitingOf, type Spread, type Waiting } from './spread.ts';

/** From the opening of cases to what people did about them. A case that was opened again counts from then. */
export interface CaseTimes {
  readonly of: string;
  /** Opened → the first thing that a person did about it: acknowledged, or acted at once. */
  readonly acknowledged: Spread;
  /** Opened → resolved, by a person or by itself. */
  readonly resolved: Spread;
  /** Of those, resolved before any person did something. */
  readonly resolvedUnseen: number;
  /** Not resolved, and no person has done anything about it. */
  readonly unacknowledged: Waiting;
  readonly unresolved: Waiting;
}

/** What neither tells nor ends the waiting for a person. */
const openings: readonly unknown[] = ['opened', 'opened again'];
const passedOn = 'escalated';

/** Epoch milliseconds of the first thing that a person did since the case was opened, or opened again. */
export function acknowledgedMs({ history }: Pick<ExceptionRecord, 'history'>): number | undefined {
  const told = recorded(history);
  const entries: readonly unknown[] = Array.isArray(told) ? told : [];
  const since = entries.slice(entries.findLastIndex((entry) => openings.includes(fieldOf(entry, 'action'))) + 1);
  const act = since.find((entry) => fieldOf(entry, 'by') !== 'lineshaft' && fieldOf(entry, 'action') !== passedOn);
  return act === undefined ? undefined : Date.parse(String(fieldOf(act, 'at')));
}

/** Lengths of time, milliseconds. */
interface Kept {
  readonly acknowledged: number[];
  readonly resolved: number[];
  unseen: number;
  readonly unacknowledged: number[];
  readonly unresolved: number[];
}

/** Pure. */
export function caseTimes(cases: readonly ExceptionRecord[], groupOf: (record: ExceptionRecord) => string, nowMs: number): readonly CaseTimes[] {
  const groups = groupsOf<Kept>(() => ({ acknowledged: [], resolved: [], unseen: 0, unacknowledged: [], unresolved: [] }));
  for (const record of cases) {
    const group = groups.of(groupOf(record));
    const { openedMs, changedMs, status } = record;
    const seenMs = acknowledgedMs(record);
    if (seenMs !== undefined) group.acknowledged.push(seenMs - openedMs);
    if (status === 'resolved') {
      group.resolved.push(changedMs - openedMs);
      if (seenMs === undefined) group.unseen += 1;
      continue;
    }
    group.unresolved.push(nowMs - openedMs);
    if (seenMs === undefined) group.unacknowledged.push(nowMs - openedMs);
  }
  return [...groups.all]
    .map(([of, { acknowledged, resolved, unseen, unacknowledged, unresolved }]) => ({
      of,
      acknowledged: spreadOf(acknowledged),
      resolved: spreadOf(resolved),
      resolvedUnseen: unseen,
      unacknowledged: waitingOf(unacknowledged),
      unresolved: waitingOf(unresolved),
    }))
    .toSorted((a, b) => (a.of < b.of ? -1 : 1));
}
