import { assert } from '../../kernel/assert.ts';
import type { BusinessKeys } from '../../model/contract.ts';
import { endedStatuses, type AuditRecord, type Change, type ChangeResult, type EventRecord, type ExceptionRecord, type NoticeRecord, type QuarantineRecord, type RunRecord, type RunStatus, type StepRecord, type Store } from '../store.ts';

interface Tables {
  readonly events: EventRecord[];
  readonly runs: Map<string, RunRecord>;
  readonly runKeys: Map<string, BusinessKeys[]>;
  /** By run and step id, in the order of adding. */
  readonly steps: Map<string, StepRecord>;
  readonly exceptions: Map<string, ExceptionRecord>;
  readonly notices: Map<string, NoticeRecord>;
  readonly quarantine: QuarantineRecord[];
  readonly audit: AuditRecord[];
  readonly cursors: Map<string, number>;
}

const liveStatuses: readonly RunStatus[] = ['active', 'queued', 'parked'];

/** A store in memory, for tests and simulation: the same behaviour, nothing on disk. */
export function memoryStore(): Store {
  let tables = emptyTables();

  return {
    async commit(changes) {
      // Worked on a copy, so that a batch that fails leaves nothing.
      const next = copyOf(tables);
      const results = changes.map((change) => apply(next, change));
      tables = next;
      return results;
    },
    event: async (position) => tables.events[position - 1],
    eventsAfter: async (position, limit) => tables.events.slice(position, position + limit),
    eventsLatest: async ({ type, limit }) => newest(tables.events.filter((event) => type === undefined || event.type === type), limit),
    eventsMatching: async ({ type, keys, after, limit }) => tables.events.filter((event) => event.position > after && event.type === type && carries(event.keys, keys)).slice(0, limit),
    lastPosition: async () => tables.events.length,
    cursor: async (name) => tables.cursors.get(name) ?? 0,
    run: async (id) => tables.runs.get(id),
    runs: async ({ status, flow, limit }) => newest([...tables.runs.values()].filter((run) => (status === undefined || run.status === status) && (flow === undefined || run.flow === flow)), limit),
    liveRuns: async () => [...tables.runs.values()].filter((run) => liveStatuses.includes(run.status)),
    steps: async (run) => stepsOf(tables).filter((step) => step.run === run).sort((a, b) => a.issue - b.issue),
    openEffects: async () => stepsOf(tables).filter((step) => step.kind === 'effect' && !endedStatuses.includes(step.status)),
    effectsOf: async ({ system, entity, limit }) => newest(stepsOf(tables).filter((step) => step.kind === 'effect' && (system === undefined || step.system === system) && (entity === undefined || step.entity === entity)), limit),
    decisions: async (limit) => newest(stepsOf(tables).filter((step) => step.kind === 'decide'), limit),
    exception: async (id) => tables.exceptions.get(id),
    exceptions: async ({ status, owner, key, type, limit }) =>
      newest(
        [...tables.exceptions.values()].filter(
          (exception) =>
            (status === undefined || (status === 'unresolved' ? exception.status !== 'resolved' : exception.status === status)) &&
            (owner === undefined || exception.owners.includes(owner)) &&
            (key === undefined || Object.values(exception.keys).includes(key)) &&
            (type === undefined || exception.type === type),
        ),
        limit,
      ),
    openNotices: async () => [...tables.notices.values()].filter((notice) => notice.status === 'open'),
    quarantined: async (limit) => newest(tables.quarantine, limit),
    audit: async ({ subject, limit }) => newest(tables.audit.filter((entry) => subject === undefined || entry.subject === subject), limit),
    byKey: async (value, limit) => trail(tables, value, limit),
    counts: async () => counts(tables),
    close: async () => undefined,
  };
}

function emptyTables(): Tables {
  return { events: [], runs: new Map(), runKeys: new Map(), steps: new Map(), exceptions: new Map(), notices: new Map(), quarantine: [], audit: [], cursors: new Map() };
}

function copyOf(tables: Tables): Tables {
  return {
    events: [...tables.events],
    runs: new Map(tables.runs),
    runKeys: new Map(tables.runKeys),
    steps: new Map(tables.steps),
    exceptions: new Map(tables.exceptions),
    notices: new Map(tables.notices),
    quarantine: [...tables.quarantine],
    audit: [...tables.audit],
    cursors: new Map(tables.cursors),
  };
}

function apply(tables: Tables, given: Change): ChangeResult {
  switch (given.change) {
    case 'event.append':
      return appendEvent(tables, given);
    case 'quarantine.add': {
      const { change: _change, ...entry } = given;
      tables.quarantine.push({ ...entry, id: tables.quarantine.length + 1 });
      return {};
    }
    case 'cursor.set':
      tables.cursors.set(given.name, given.position);
      return {};
    case 'run.start': {
      const { change: _change, keys, ...run } = given;
      if (tables.runs.has(run.id)) return { taken: false };
      tables.runs.set(run.id, run);
      tables.runKeys.set(run.id, [keys]);
      return { taken: true };
    }
    case 'run.set': {
      const run = tables.runs.get(given.id);
      assert(run !== undefined, `run ${given.id} is changed after it was started`);
      tables.runs.set(run.id, { ...run, status: given.status, endedMs: given.endedMs, reason: given.reason });
      return {};
    }
    case 'run.key':
      assert(tables.runs.has(given.run), `run ${given.run} gets keys after it was started`);
      tables.runKeys.set(given.run, [...(tables.runKeys.get(given.run) ?? []), given.keys]);
      return {};
    case 'step.add':
      return addStep(tables, given);
    case 'step.set': {
      const step = tables.steps.get(stepKey(given.run, given.id));
      assert(step !== undefined, `step ${given.id} of run ${given.run} is set after it was added`);
      const { status, done, output, endedMs, attempts, history } = given;
      tables.steps.set(stepKey(given.run, given.id), { ...step, status, done, output, endedMs, attempts, history });
      return {};
    }
    case 'exception.open': {
      const { change: _change, ...exception } = given;
      if (tables.exceptions.has(exception.id)) return { taken: false };
      tables.exceptions.set(exception.id, exception);
      return { taken: true };
    }
    case 'exception.set': {
      const taken = tables.exceptions.get(given.record.id)?.version === given.record.version - 1;
      if (taken) tables.exceptions.set(given.record.id, given.record);
      return { taken };
    }
    case 'notice.put': {
      const { change: _change, ...notice } = given;
      tables.notices.set(notice.id, notice);
      return {};
    }
    case 'audit.add': {
      const { change: _change, ...entry } = given;
      tables.audit.push({ ...entry, id: tables.audit.length + 1 });
      return {};
    }
  }
}

function appendEvent(tables: Tables, given: Extract<Change, { change: 'event.append' }>): ChangeResult {
  const known = tables.events.find((event) => event.source === given.source && event.id === given.id);
  if (known) return { position: known.position, duplicate: true };
  const { change: _change, ...event } = given;
  const position = tables.events.length + 1;
  tables.events.push({ ...event, position });
  return { position, duplicate: false };
}

function addStep(tables: Tables, given: Extract<Change, { change: 'step.add' }>): ChangeResult {
  assert(tables.runs.has(given.run), `run ${given.run} takes steps after it was started`);
  const key = stepKey(given.run, given.id);
  if (tables.steps.has(key)) return { taken: false };
  const { change: _change, ...step } = given;
  if (step.kind !== 'effect') {
    tables.steps.set(key, { ...step, revision: undefined, order: undefined });
    return { taken: true };
  }
  const effects = stepsOf(tables).filter(({ kind }) => kind === 'effect');
  const revision = 1 + effects.filter(({ name, entity }) => name === step.name && entity === step.entity).length;
  const order = 1 + effects.length;
  tables.steps.set(key, { ...step, revision, order });
  return { taken: true, revision, order };
}

function stepKey(run: string, id: string): string {
  return `${run}\u0000${id}`;
}

function stepsOf(tables: Tables): StepRecord[] {
  return [...tables.steps.values()];
}

function newest<Item>(items: readonly Item[], limit: number): readonly Item[] {
  return items.slice(-limit).reverse();
}

function carries(keys: BusinessKeys, wanted: BusinessKeys): boolean {
  const held: Readonly<Record<string, string | undefined>> = keys;
  return Object.entries(wanted).every(([name, value]) => held[name] === value);
}

function trail(tables: Tables, value: string, limit: number) {
  const has = (keys: BusinessKeys): boolean => Object.values(keys).includes(value);
  return {
    events: tables.events.filter((event) => has(event.keys)).slice(-limit),
    runs: [...tables.runs.values()].filter((run) => (tables.runKeys.get(run.id) ?? []).some(has)).slice(-limit),
    exceptions: [...tables.exceptions.values()].filter((exception) => has(exception.keys)).slice(-limit),
  };
}

function counts(tables: Tables) {
  const runs: Partial<Record<RunStatus, number>> = {};
  for (const { status } of tables.runs.values()) runs[status] = (runs[status] ?? 0) + 1;
  return {
    events: tables.events.length,
    runs,
    openEffects: stepsOf(tables).filter((step) => step.kind === 'effect' && !endedStatuses.includes(step.status)).length,
    openExceptions: [...tables.exceptions.values()].filter(({ status }) => status !== 'resolved').length,
    quarantined: tables.quarantine.length,
  };
}
