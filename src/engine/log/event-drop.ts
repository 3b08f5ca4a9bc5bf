import type { Change } from '../../store/store.ts';

/** An event that fits its contract and is not taken, as a filter declares. */
export interface EventDrop {
  readonly change: 'event.drop';
  readonly atMs: number;
  readonly source: string;
  readonly id: string;
  readonly type: string;
  readonly principal: string;
  readonly reason: string;
}

/** What such an entry of the audit is called. Its subject is the type of the events. */
export const filteredAction = 'event.filtered';
/** Events that one entry names; more of them are named in further ones. */
const namedMax = 50;

/** What is told in the audit of the events that were dropped: each by its source and id, together with those of its sender, type and reason. */
export function dropEntries(drops: readonly EventDrop[]): readonly Change[] {
  const groups = Map.groupBy(drops, ({ principal, type, reason }) => JSON.stringify([principal, type, reason]));
  return [...groups.values()].flatMap((group) => {
    const entries: Change[] = [];
    for (let from = 0; from < group.length; from += namedMax) entries.push(...entryOf(group.slice(from, from + namedMax)));
    return entries;
  });
}

function entryOf(group: readonly EventDrop[]): readonly Change[] {
  const [first] = group;
  if (!first) return [];
  const { atMs, principal, type, reason } = first;
  const details = { reason, count: group.length, events: group.map(({ source, id }) => ({ source, id })) };
  return [{ change: 'audit.add', atMs, actor: principal, action: filteredAction, subject: type, details: JSON.stringify(details) }];
}
