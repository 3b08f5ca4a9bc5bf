import { assert } from '../../kernel/assert.ts';
import type { BusinessKeys } from '../../model/contract.ts';
import { rowLimit } from '../row-limit.ts';
import {
  endedStatuses,
  type EventRecord,
  type ExceptionFilter,
  type ExceptionRecord,
  markedRunsMax,
  type RunStatus,
  type StepMark,
  type StepRecord,
  type Store,
  togetherMax,
} from '../store.ts';
import { compactTables } from './memory-compaction.ts';
import { applyAll, emptyTables, type Tables } from './memory-tables.ts';

const liveStatuses: readonly RunStatus[] = ['active', 'queued', 'parked'];

/** A store in memory, for tests and simulation: the same behaviour, nothing on disk. */
export function memoryStore(): Store {
  const all = emptyTables();
  let closed = false;
  const tables = (): Tables => {
    assert(!closed, 'a closed store is not asked');
    return all;
  };
  return {
    ...events(tables),
    ...runsAndSteps(tables),
    ...cases(tables),
    commit: async (changes) => applyAll(tables(), changes),
    compact: async (part, after, bounds) => compactTables(tables(), part, after, bounds),
    byKey: async (value, limit) => trail(tables(), value, limit),
    counts: async () => counts(tables()),
    async close() {
      closed = true;
    },
  };
}

function events(tables: () => Tables): Pick<Store, 'event' | 'eventsAt' | 'eventsAfter' | 'eventsLatest' | 'eventsMatching' | 'lastPosition' | 'cursor'> {
  return {
    event: async (position) => tables().events[position - 1],
    async eventsAt(positions) {
      assert(positions.length <= togetherMax, 'a bounded number of events is asked for at once');
      return [...new Set(positions)].sort((a, b) => a - b).flatMap((position) => tables().events[position - 1] ?? []);
    },
    eventsAfter: async (position, limit) => oldest(present(tables().events.slice(position)), limit),
    eventsLatest: async ({ type, limit }) =>
      newest(
        present(tables().events).filter((event) => type === undefined || event.type === type),
        limit,
      ),
    eventsMatching: async ({ type, keys, after, limit }) =>
      oldest(
        present(tables().events).filter((event) => event.position > after && event.type === type && carries(event.keys, keys)),
        limit,
      ),
    lastPosition: async () => tables().events.length,
    cursor: async (name) => tables().cursors.get(name) ?? 0,
  };
}

function runsAndSteps(
  tables: () => Tables,
): Pick<Store, 'run' | 'runs' | 'liveRuns' | 'releasesInUse' | 'steps' | 'stepsOf' | 'stepMarks' | 'openEffects' | 'effects' | 'decisions'> {
  const runs = () => [...tables().runs.values()];
  return {
    run: async (id) => tables().runs.get(id),
    runs: async ({ status, flow, limit }) =>
      newest(
        runs().filter((run) => (status === undefined || run.status === status) && (flow === undefined || run.flow === flow)),
        limit,
      ),
    liveRuns: async () => runs().filter((run) => liveStatuses.includes(run.status)),
    async releasesInUse() {
      const sending = new Set(openEffects(tables()).map(({ run }) => run));
      return [...new Set(runs().flatMap(({ id, status, release }) => (liveStatuses.includes(status) || sending.has(id) ? release : [])))];
    },
    steps: async (run) => stepsIn(tables(), run),
    async stepsOf(asked) {
      assert(asked.length <= togetherMax, 'the steps of a bounded number of runs are asked for at once');
      return asked.flatMap((run) => stepsIn(tables(), run));
    },
    async stepMarks(marked) {
      assert(marked.length <= markedRunsMax, 'marks are asked for of a bounded number of runs');
      return marked.flatMap((run) => stepsIn(tables(), run).map(markOf));
    },
    openEffects: async () => openEffects(tables()),
    effects: async (limit) => newest(stepsOfKind(tables(), 'effect'), limit),
    decisions: async (limit) => newest(stepsOfKind(tables(), 'decide'), limit),
  };
}

function cases(tables: () => Tables): Pick<Store, 'exception' | 'exceptions' | 'openNotices' | 'quarantined' | 'audit' | 'release' | 'releases'> {
  return {
    exception: async (id) => tables().exceptions.get(id),
    exceptions: async (filter) =>
      newest(
        [...tables().exceptions.values()].filter((exception) => fits(exception, filter)),
        filter.limit,
      ),
    openNotices: async () => [...tables().notices.values()].filter((notice) => notice.status === 'open'),
    quarantined: async (limit) => newest(tables().quarantine, limit),
    audit: async ({ subject, before = Number.POSITIVE_INFINITY, limit }) =>
      newest(
        tables().audit.filter((entry) => entry.id < before && (subject === undefined || entry.subject === subject)),
        limit,
      ),
    release: async (release) => tables().releases.get(release),
    releases: async () => [...tables().releases.values()].map(({ body: _body, ...kept }) => kept).sort((a, b) => b.keptMs - a.keptMs || (a.release < b.release ? -1 : 1)),
  };
}

function fits(exception: ExceptionRecord, { status, owner, key, type }: ExceptionFilter): boolean {
  if (status !== undefined && (status === 'unresolved' ? exception.status === 'resolved' : exception.status !== status)) return false;
  if (owner !== undefined && !exception.owners.includes(owner)) return false;
  if (key !== undefined && !Object.values(exception.keys).includes(key)) return false;
  return type === undefined || exception.type === type;
}

function stepsIn(tables: Tables, run: string): readonly StepRecord[] {
  return (tables.stepsOfRun.get(run) ?? []).flatMap((key) => tables.steps.get(key) ?? []).sort((a, b) => a.issue - b.issue);
}

function markOf({ run, id, kind, mode, name, issue, done, status, issuedMs, endedMs, attempts, output }: StepRecord): StepMark {
  return { run, id, kind, mode, name, issue, done, status, issuedMs, endedMs, attempts, cameToNothing: kind === 'wait' && output === 'null' };
}

function stepsOfKind(tables: Tables, kind: StepRecord['kind']): readonly StepRecord[] {
  return [...tables.steps.values()].filter((step) => step.kind === kind);
}

function openEffects(tables: Tables): readonly StepRecord[] {
  return stepsOfKind(tables, 'effect').filter((step) => !endedStatuses.includes(step.status));
}

function present(events: Tables['events']): readonly EventRecord[] {
  return events.filter((event) => event !== undefined);
}

function oldest<Item>(items: readonly Item[], limit: number): readonly Item[] {
  return items.slice(0, rowLimit(limit));
}

function newest<Item>(items: readonly Item[], limit: number): readonly Item[] {
  return items.slice(-rowLimit(limit)).reverse();
}

function carries(keys: BusinessKeys, wanted: BusinessKeys): boolean {
  const held: Readonly<Record<string, string | undefined>> = keys;
  return Object.entries(wanted).every(([name, value]) => value === undefined || held[name] === value);
}

function trail(tables: Tables, value: string, limit: number) {
  const has = (keys: BusinessKeys): boolean => Object.values(keys).includes(value);
  const last = -rowLimit(limit);
  return {
    events: present(tables.events)
      .filter((event) => has(event.keys))
      .slice(last),
    runs: [...tables.runs.values()].filter((run) => (tables.runKeys.get(run.id) ?? []).some(has)).slice(last),
    exceptions: [...tables.exceptions.values()].filter((exception) => has(exception.keys)).slice(last),
  };
}

function counts(tables: Tables) {
  const runs: Partial<Record<RunStatus, number>> = {};
  for (const { status } of tables.runs.values()) runs[status] = (runs[status] ?? 0) + 1;
  return {
    events: present(tables.events).length,
    runs,
    openEffects: openEffects(tables).length,
    openExceptions: [...tables.exceptions.values()].filter(({ status }) => status !== 'resolved').length,
    quarantined: tables.quarantine.length,
  };
}
