import { assert } from '../../kernel/assert.ts';
import type { BusinessKeys } from '../../model/contract.ts';
import type { AuditRecord, Change, ChangeResult, EventRecord, ExceptionRecord, NoticeRecord, QuarantineRecord, ReleaseRecord, RunRecord, StepRecord } from '../store.ts';

/** What a store in memory holds. Maps keep the order in which things came. */
export interface Tables {
  /** By position less one; those that were dropped are holes. */
  readonly events: (EventRecord | undefined)[];
  /** Positions by source and id. */
  readonly positions: Map<string, number>;
  readonly runs: Map<string, RunRecord>;
  readonly runKeys: Map<string, readonly BusinessKeys[]>;
  /** By run and step id. */
  readonly steps: Map<string, StepRecord>;
  /** The order of the last step. */
  readonly last: { order: number };
  readonly stepsOfRun: Map<string, readonly string[]>;
  /** How many effects a capability and entity has had. */
  readonly revisions: Map<string, number>;
  readonly exceptions: Map<string, ExceptionRecord>;
  readonly notices: Map<string, NoticeRecord>;
  readonly quarantine: QuarantineRecord[];
  readonly audit: AuditRecord[];
  readonly cursors: Map<string, number>;
  readonly releases: Map<string, ReleaseRecord>;
}

export function emptyTables(): Tables {
  return {
    events: [],
    positions: new Map(),
    runs: new Map(),
    runKeys: new Map(),
    steps: new Map(),
    last: { order: 0 },
    stepsOfRun: new Map(),
    revisions: new Map(),
    exceptions: new Map(),
    notices: new Map(),
    quarantine: [],
    audit: [],
    cursors: new Map(),
    releases: new Map(),
  };
}

/** What takes back the changes of a batch that fails half-way, newest last. */
type Undo = (() => void)[];

/** All of `changes`, or none and the error. */
export function applyAll(tables: Tables, changes: readonly Change[]): readonly ChangeResult[] {
  const undo: Undo = [];
  try {
    return changes.map((change) => {
      checkNumbers('record' in change ? change.record : change);
      return apply(tables, change, undo);
    });
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
}

/** Every number of the port is a whole one; a database would refuse another. */
function checkNumbers(change: object): void {
  for (const [name, value] of Object.entries(change)) assert(typeof value !== 'number' || Number.isSafeInteger(value), `${name} is a whole number, not ${value}`);
}

function apply(tables: Tables, given: Change, undo: Undo): ChangeResult {
  switch (given.change) {
    case 'event.append':
      return appendEvent(tables, given, undo);
    case 'quarantine.add': {
      const { change: _change, ...entry } = given;
      push(undo, tables.quarantine, { ...entry, id: (tables.quarantine.at(-1)?.id ?? 0) + 1 });
      return {};
    }
    case 'cursor.set':
      put(undo, tables.cursors, given.name, given.position);
      return {};
    case 'run.start': {
      const { change: _change, keys, ...run } = given;
      if (tables.runs.has(run.id)) return { taken: false };
      put(undo, tables.runs, run.id, run);
      put(undo, tables.runKeys, run.id, [{ ...keys }]);
      return { taken: true };
    }
    case 'run.set': {
      const run = tables.runs.get(given.id);
      assert(run !== undefined, `run ${given.id} is changed after it was started`);
      put(undo, tables.runs, run.id, { ...run, status: given.status, endedMs: given.endedMs, reason: given.reason });
      return {};
    }
    case 'run.move':
      return moveRun(tables, given, undo);
    case 'run.key':
      assert(tables.runs.has(given.run), `run ${given.run} gets keys after it was started`);
      put(undo, tables.runKeys, given.run, [...(tables.runKeys.get(given.run) ?? []), { ...given.keys }]);
      return {};
    case 'step.add':
      return addStep(tables, given, undo);
    case 'step.set': {
      const key = pair(given.run, given.id);
      const step = tables.steps.get(key);
      assert(step !== undefined, `step ${given.id} of run ${given.run} is set after it was added`);
      const { status, done, output, endedMs, attempts, history } = given;
      put(undo, tables.steps, key, { ...step, status, done, output, endedMs, attempts, history });
      return {};
    }
    case 'exception.open': {
      const { change: _change, ...exception } = given;
      if (tables.exceptions.has(exception.id)) return { taken: false };
      put(undo, tables.exceptions, exception.id, copied(exception));
      return { taken: true };
    }
    case 'exception.set': {
      const taken = tables.exceptions.get(given.record.id)?.version === given.record.version - 1;
      if (taken) put(undo, tables.exceptions, given.record.id, copied(given.record));
      return { taken };
    }
    case 'notice.put': {
      const { change: _change, ...notice } = given;
      put(undo, tables.notices, notice.id, notice);
      return {};
    }
    case 'audit.add': {
      const { change: _change, ...entry } = given;
      push(undo, tables.audit, { ...entry, id: (tables.audit.at(-1)?.id ?? 0) + 1 });
      return {};
    }
    case 'release.keep':
      if (!tables.releases.has(given.release)) put(undo, tables.releases, given.release, { release: given.release, keptMs: given.keptMs, body: given.body });
      return {};
    case 'release.drop':
      drop(undo, tables.releases, given.release);
      return {};
  }
}

function appendEvent(tables: Tables, given: Extract<Change, { change: 'event.append' }>, undo: Undo): ChangeResult {
  const { change: _change, abroad: _abroad, ...event } = given;
  const known = tables.positions.get(pair(event.source, event.id));
  if (known !== undefined) return { position: known, duplicate: true };
  const position = tables.events.length + 1;
  push(undo, tables.events, { ...event, keys: { ...event.keys }, position });
  put(undo, tables.positions, pair(event.source, event.id), position);
  return { position, duplicate: false };
}

function moveRun(tables: Tables, { id, release }: Extract<Change, { change: 'run.move' }>, undo: Undo): ChangeResult {
  const run = tables.runs.get(id);
  assert(run !== undefined, `run ${id} is moved after it was started`);
  put(undo, tables.runs, id, { ...run, release });
  return {};
}

function addStep(tables: Tables, given: Extract<Change, { change: 'step.add' }>, undo: Undo): ChangeResult {
  const { change: _change, ...step } = given;
  assert(tables.runs.has(step.run), `run ${step.run} takes steps after it was started`);
  const key = pair(step.run, step.id);
  if (tables.steps.has(key)) return { taken: false };
  put(undo, tables.stepsOfRun, step.run, [...(tables.stepsOfRun.get(step.run) ?? []), key]);
  tables.last.order += 1;
  undo.push(() => (tables.last.order -= 1));
  const { order } = tables.last;
  if (step.kind !== 'effect') {
    put(undo, tables.steps, key, { ...step, revision: undefined, order: undefined });
    return { taken: true };
  }
  const counted = step.entity === undefined ? `${step.name.length}-${step.name}` : pair(step.name, step.entity);
  const revision = 1 + (tables.revisions.get(counted) ?? 0);
  put(undo, tables.revisions, counted, revision);
  put(undo, tables.steps, key, { ...step, revision, order });
  return { taken: true, revision, order };
}

function copied(exception: ExceptionRecord): ExceptionRecord {
  return { ...exception, keys: { ...exception.keys }, owners: [...exception.owners], actions: [...exception.actions] };
}

/** Two texts as one, different for different pairs. */
export function pair(first: string, second: string): string {
  return `${first.length}:${first}${second}`;
}

function put<Key, Value>(undo: Undo, map: Map<Key, Value>, key: Key, value: Value): void {
  const before = map.get(key);
  undo.push(() => (before === undefined ? map.delete(key) : map.set(key, before)));
  map.set(key, value);
}

function drop<Key, Value>(undo: Undo, map: Map<Key, Value>, key: Key): void {
  const before = map.get(key);
  if (before === undefined) return;
  undo.push(() => map.set(key, before));
  map.delete(key);
}

function push<Item>(undo: Undo, list: Item[], item: Item): void {
  undo.push(() => list.pop());
  list.push(item);
}
