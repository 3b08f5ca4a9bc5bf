import type { Compacted, CompactionBounds, CompactionPart } from '../compaction.ts';
import { endedStatuses, overStatuses } from '../store.ts';
import { pair, type Tables } from './memory-tables.ts';

const through: Compacted = { dropped: 0, next: undefined };

/** Drops what may go; keys lead nowhere by themselves, and there is no file. */
export function compactTables(tables: Tables, part: CompactionPart, after: string, bounds: CompactionBounds): Compacted {
  const { beforeMs } = bounds;
  switch (part) {
    case 'events':
      return dropEvents(tables, Number(after), bounds);
    case 'exceptions':
      return dropOfMap(tables.exceptions, ({ status, changedMs }) => status === 'resolved' && changedMs < beforeMs, after, bounds);
    case 'notices':
      return dropOfMap(tables.notices, ({ status, changedMs }) => status !== 'open' && changedMs < beforeMs, after, bounds);
    case 'quarantine':
      return dropOfList(tables.quarantine, ({ atMs }) => atMs < Math.min(beforeMs, bounds.quarantinedFromMs), after, bounds);
    case 'audit':
      return dropOfList(tables.audit, ({ id }) => id <= bounds.auditThrough, after, bounds);
    case 'keys':
    case 'space':
      return through;
  }
}

function dropEvents(tables: Tables, after: number, { beforeMs, fromPosition, limit }: CompactionBounds): Compacted {
  const cased = new Set([...tables.exceptions.values()].flatMap(({ run, status }) => (status === 'resolved' || run === undefined ? [] : [run])));
  const newest = [...tables.runs.keys()].at(-1);
  const end = Math.min(fromPosition - 1, tables.events.length - 1);
  const page = tables.events.slice(after, end).flatMap((event) => event ?? []);
  let dropped = 0;
  for (const [index, event] of page.slice(0, limit).entries()) {
    if (event.receivedMs >= beforeMs) return { dropped, next: undefined };
    const runs = [...tables.runs.values()].filter(({ position }) => position === event.position);
    const stays = runs.some(({ id, status, endedMs }) => {
      const isOver = overStatuses.includes(status) && endedMs !== undefined && endedMs < beforeMs;
      return !isOver || id === newest || cased.has(id) || stepsOf(tables, id).some((step) => step.kind === 'effect' && !endedStatuses.includes(step.status));
    });
    if (!stays) {
      for (const { id } of runs) dropRun(tables, id);
      tables.events[event.position - 1] = undefined;
      tables.positions.delete(pair(event.source, event.id));
      dropped += 1;
    }
    if (index === limit - 1) return { dropped, next: String(event.position) };
  }
  return { dropped, next: undefined };
}

function stepsOf({ steps, stepsOfRun }: Tables, run: string) {
  return (stepsOfRun.get(run) ?? []).flatMap((key) => steps.get(key) ?? []);
}

function dropRun(tables: Tables, run: string): void {
  for (const key of tables.stepsOfRun.get(run) ?? []) tables.steps.delete(key);
  tables.stepsOfRun.delete(run);
  tables.runKeys.delete(run);
  tables.runs.delete(run);
}

function dropOfMap<Item>(map: Map<string, Item>, mayGo: (item: Item) => boolean, after: string, { limit }: CompactionBounds): Compacted {
  // `after` counts those that stayed, since nothing of what was looked at before comes back.
  const all = [...map].slice(Number(after), -1).slice(0, limit);
  const gone = all.filter(([, item]) => mayGo(item));
  for (const [key] of gone) map.delete(key);
  return { dropped: gone.length, next: all.length === limit ? String(Number(after) + all.length - gone.length) : undefined };
}

function dropOfList<Item>(list: Item[], mayGo: (item: Item) => boolean, after: string, { limit }: CompactionBounds): Compacted {
  const all = list.slice(Number(after), -1).slice(0, limit);
  const gone = new Set(all.filter(mayGo));
  list.splice(Number(after), all.length, ...all.filter((item) => !gone.has(item)));
  return { dropped: gone.size, next: all.length === limit ? String(Number(after) + all.length - gone.size) : undefined };
}
