import { assert } from '../../kernel/assert.ts';
import {
  auditRecord,
  eventRecord,
  exceptionRecord,
  keptRelease,
  noticeRecord,
  quarantineRecord,
  releaseRecord,
  runRecord,
  runStatuses,
  stepMark,
  stepRecord,
} from '../hub-rows.ts';
import { rowLimit } from '../row-limit.ts';
import { integer, text, textOrNone, word, type Row } from '../row.ts';
import { markedRunsMax, togetherMax, type RunStatus, type StepRecord, type StoreReads } from '../store.ts';
import { arrayLiteral, type Cell } from './array-literal.ts';
import { refKinds } from './draft.ts';
import { looseSteps } from './packed-steps.ts';
import { searched } from './stored-text.ts';

/** The reads of the port. */
export type HubReader = StoreReads;

/** Runs one reading statement, with `?` for each value; the rows are as they were given to the store. */
export type Read = (sql: string, values?: readonly Cell[]) => Promise<readonly Row[]>;

// One statement for rows and packed steps: between two, the ones may become the others.
const stepColumns = 'run.id AS run_id, run.long AS run_long, packed.steps AS packed, step.*';
const stepsOfRuns = `SELECT asked.i, ${stepColumns} FROM unnest(?::text[]) WITH ORDINALITY asked (id, i) JOIN run ON run.id = asked.id
  LEFT JOIN packed ON packed.run = run.seq LEFT JOIN step ON step.run = run.seq WHERE packed.run IS NOT NULL OR step.run IS NOT NULL ORDER BY asked.i, step.issue, step.seq`;
const isLive = "status <> 'done' AND status IN ('active', 'queued', 'parked')";
const releasesInUse = `SELECT release FROM run WHERE ${isLive} UNION
  SELECT run.release FROM open_effect JOIN step ON step.seq = open_effect.seq JOIN run ON run.seq = step.run`;
const openEffects = `SELECT run.id AS run_id, run.long AS run_long, NULL AS packed, step.* FROM open_effect JOIN step ON step.seq = open_effect.seq JOIN run ON run.seq = step.run ORDER BY step.seq`;
const markedSteps = `SELECT asked.i, run.id AS run_id, run.long AS run_long, packed.steps AS packed, step.id, step.long, step.kind, step.mode, step.name, step.issue, step.done, step.status,
    step.issued_ms, step.ended_ms, step.attempts, (step.kind = 'wait' AND step.output IS NOT DISTINCT FROM 'null')::int::bigint AS came_to_nothing
  FROM unnest(?::text[]) WITH ORDINALITY asked (id, i) JOIN run ON run.id = asked.id LEFT JOIN packed ON packed.run = run.seq LEFT JOIN step ON step.run = run.seq
  WHERE packed.run IS NOT NULL OR step.run IS NOT NULL ORDER BY asked.i, step.issue, step.seq`;

/** The newest steps of a kind are among the newest rows of that kind and the packed steps of the runs that have the newest of it. */
function newestSteps(kind: 'effect' | 'decide', column: 'effect' | 'decision'): string {
  return `SELECT ${stepColumns} FROM ((SELECT run, seq FROM step WHERE kind = '${kind}' ORDER BY seq DESC LIMIT ?)
      UNION ALL (SELECT run, NULL FROM packed WHERE ${column} IS NOT NULL ORDER BY ${column} DESC LIMIT ?)) newest
    JOIN run ON run.seq = newest.run LEFT JOIN step ON step.seq = newest.seq LEFT JOIN packed ON newest.seq IS NULL AND packed.run = newest.run`;
}

export function hubReader(read: Read): HubReader {
  return { ...eventReads(read), ...runReads(read), ...stepReads(read), ...caseReads(read), ...overviews(read) };
}

function eventReads(read: Read): Pick<HubReader, 'event' | 'eventsAt' | 'eventsAfter' | 'eventsLatest' | 'eventsMatching' | 'lastPosition' | 'cursor'> {
  return {
    event: async (position) => first(await read('SELECT * FROM event WHERE position = ?', [position]), eventRecord),
    async eventsAt(positions) {
      assert(positions.length <= togetherMax, 'a bounded number of events is asked for at once');
      return (await read('SELECT * FROM event WHERE position = ANY (?::bigint[]) ORDER BY position', [arrayLiteral(positions)])).map(eventRecord);
    },
    eventsAfter: async (position, limit) => (await read('SELECT * FROM event WHERE position > ? ORDER BY position LIMIT ?', [position, rowLimit(limit)])).map(eventRecord),
    async eventsLatest({ type, limit }) {
      const { where, values } = filter([['type = ?', type]]);
      return (await read(`SELECT * FROM event ${where} ORDER BY position DESC LIMIT ?`, [...values, rowLimit(limit)])).map(eventRecord);
    },
    async eventsMatching({ type, keys, after, limit }) {
      const pairs = Object.entries(keys).flatMap(([name, value]) => (value === undefined ? [] : [searched(value), name]));
      const carries = ` AND EXISTS (SELECT 1 FROM key_ref WHERE value = ? AND kind = ${refKinds.event} AND ref = event.position AND name = ?)`.repeat(pairs.length / 2);
      const sql = `SELECT * FROM event WHERE type = ? AND position > ?${carries} ORDER BY position LIMIT ?`;
      return (await read(sql, [searched(type), after, ...pairs, rowLimit(limit)])).map(eventRecord);
    },
    lastPosition: async () => number(await read('SELECT coalesce(max(position), 0) AS number FROM event')),
    cursor: async (name) => first(await read('SELECT position FROM cursor WHERE name = ?', [searched(name)]), (row) => integer(row, 'position')) ?? 0,
  };
}

function runReads(read: Read): Pick<HubReader, 'run' | 'runs' | 'liveRuns' | 'releasesInUse'> {
  return {
    run: async (id) => first(await read('SELECT * FROM run WHERE id = ?', [searched(id)]), runRecord),
    async runs({ status, flow, limit }) {
      // Said so that the small index of runs that are not done can serve.
      const { where, values } = filter([
        [status === 'done' ? 'status = ?' : "status <> 'done' AND status = ?", status],
        ['flow = ?', flow],
      ]);
      return (await read(`SELECT * FROM run ${where} ORDER BY seq DESC LIMIT ?`, [...values, rowLimit(limit)])).map(runRecord);
    },
    liveRuns: async () => (await read(`SELECT * FROM run WHERE ${isLive} ORDER BY seq`)).map(runRecord),
    releasesInUse: async () => (await read(releasesInUse)).map((row) => text(row, 'release')),
  };
}

function stepReads(read: Read): Pick<HubReader, 'steps' | 'stepsOf' | 'stepMarks' | 'openEffects' | 'effects' | 'decisions'> {
  const loose = async (sql: string, values: readonly Cell[]): Promise<readonly StepRecord[]> => looseSteps(await read(sql, values)).map(stepOf);
  const newest = async (kind: 'effect' | 'decide', column: 'effect' | 'decision', limit: number): Promise<readonly StepRecord[]> => {
    const rows = looseSteps(await read(newestSteps(kind, column), [rowLimit(limit), rowLimit(limit)])).filter((row) => row['kind'] === kind);
    return rows
      .sort((one, other) => integer(other, 'seq') - integer(one, 'seq'))
      .slice(0, rowLimit(limit))
      .map(stepOf);
  };
  return {
    steps: async (run) => loose(stepsOfRuns, [arrayLiteral([searched(run)])]),
    async stepsOf(runs) {
      assert(runs.length <= togetherMax, 'the steps of a bounded number of runs are asked for at once');
      return loose(stepsOfRuns, [arrayLiteral(runs.map(searched))]);
    },
    async stepMarks(runs) {
      assert(runs.length <= markedRunsMax, 'marks are asked for of a bounded number of runs');
      const rows = await read(markedSteps, [arrayLiteral(runs.map(searched))]);
      return looseSteps(rows).map((row) => stepMark(runIdOf(row), row['came_to_nothing'] === null ? { ...row, came_to_nothing: cameToNothing(row) } : row));
    },
    openEffects: () => loose(openEffects, []),
    effects: (limit) => newest('effect', 'effect', limit),
    decisions: (limit) => newest('decide', 'decision', limit),
  };
}

/** As `markedSteps` tells it of a row. */
function cameToNothing(row: Row): number {
  return row['kind'] === 'wait' && row['output'] === 'null' ? 1 : 0;
}

function caseReads(read: Read): Pick<HubReader, 'exception' | 'exceptions' | 'openNotices' | 'quarantined' | 'audit' | 'release' | 'releases'> {
  return {
    exception: async (id) => first(await read('SELECT * FROM exception WHERE id = ?', [searched(id)]), exceptionRecord),
    async exceptions({ status, owner, key, type, limit }) {
      const open = status !== undefined && status !== 'resolved';
      const { where, values } = filter(
        [
          [open ? "status <> 'resolved' AND status = ?" : 'status = ?', status === 'unresolved' ? undefined : status],
          [`seq IN (SELECT ref FROM key_ref WHERE value = ? AND kind = ${refKinds.owner})`, owner],
          [`seq IN (SELECT ref FROM key_ref WHERE value = ? AND kind = ${refKinds.exception})`, key],
          ['type = ?', type],
        ],
        status === 'unresolved' ? "status <> 'resolved'" : undefined,
      );
      return (await read(`SELECT * FROM exception ${where} ORDER BY seq DESC LIMIT ?`, [...values, rowLimit(limit)])).map(exceptionRecord);
    },
    openNotices: async () => (await read("SELECT * FROM notice WHERE status = 'open' ORDER BY seq")).map(noticeRecord),
    quarantined: async (limit) => (await read('SELECT * FROM quarantine ORDER BY id DESC LIMIT ?', [rowLimit(limit)])).map(quarantineRecord),
    async audit({ subject, before, limit }) {
      const { where, values } = filter([
        ['subject = ?', subject],
        ['id < ?', before],
      ]);
      return (await read(`SELECT * FROM audit ${where} ORDER BY id DESC LIMIT ?`, [...values, rowLimit(limit)])).map(auditRecord);
    },
    release: async (release) => first(await read('SELECT * FROM release WHERE release = ?', [release]), releaseRecord),
    releases: async () => (await read('SELECT release, kept_ms FROM release ORDER BY kept_ms DESC, release')).map(keptRelease),
  };
}

function overviews(read: Read): Pick<HubReader, 'byKey' | 'counts'> {
  const newest = async (table: string, number: string, kind: number, value: string, limit: number): Promise<readonly Row[]> =>
    read(`SELECT * FROM ${table} WHERE ${number} IN (SELECT DISTINCT ref FROM key_ref WHERE value = ? AND kind = ${kind} ORDER BY ref DESC LIMIT ?) ORDER BY ${number}`, [
      searched(value),
      rowLimit(limit),
    ]);
  return {
    async byKey(value, limit) {
      const [events, runs, exceptions] = await Promise.all([
        newest('event', 'position', refKinds.event, value, limit),
        newest('run', 'seq', refKinds.run, value, limit),
        newest('exception', 'seq', refKinds.exception, value, limit),
      ]);
      return { events: events.map(eventRecord), runs: runs.map(runRecord), exceptions: exceptions.map(exceptionRecord) };
    },
    // The last number, less what was dropped, is the count; only what is not done is counted row by row.
    async counts() {
      const [totals, live] = await Promise.all([
        read(`SELECT (SELECT coalesce(max(position), 0) FROM event) - ${dropped('event')} AS events, (SELECT coalesce(max(seq), 0) FROM run) - ${dropped('run')} AS runs, (SELECT count(*) FROM open_effect) AS effects,
          (SELECT count(*) FROM exception WHERE status <> 'resolved') AS exceptions, (SELECT coalesce(max(id), 0) FROM quarantine) - ${dropped('quarantine')} AS quarantined`),
        read("SELECT status, count(*) AS number FROM run WHERE status <> 'done' GROUP BY status"),
      ]);
      const [row] = totals;
      assert(row !== undefined, 'an aggregate gives one row');
      const runs: Partial<Record<RunStatus, number>> = {};
      let done = integer(row, 'runs');
      for (const each of live) {
        const count = integer(each, 'number');
        runs[word(each, 'status', runStatuses)] = count;
        done -= count;
      }
      if (done > 0) runs.done = done;
      return { events: integer(row, 'events'), runs, openEffects: integer(row, 'effects'), openExceptions: integer(row, 'exceptions'), quarantined: integer(row, 'quarantined') };
    },
  };
}

function stepOf(row: Row): StepRecord {
  return stepRecord({ ...row, run_id: runIdOf(row) });
}

/** The id of the run that a step was read with. */
function runIdOf(row: Row): string {
  const long = textOrNone(row, 'run_long');
  const whole: unknown = long === undefined ? undefined : JSON.parse(long);
  if (typeof whole === 'object' && whole !== null && 'id' in whole && typeof whole.id === 'string') return whole.id;
  return text(row, 'run_id');
}

function dropped(name: 'event' | 'run' | 'quarantine'): string {
  return `(SELECT count FROM dropped WHERE name = '${name}')`;
}

/** A WHERE clause of the conditions whose value is given, and of `always`. */
function filter(
  conditions: readonly (readonly [sql: string, value: string | number | undefined])[],
  always?: string,
): { readonly where: string; readonly values: readonly Cell[] } {
  const parts = always === undefined ? [] : [always];
  const values: Cell[] = [];
  for (const [sql, value] of conditions) {
    if (value === undefined) continue;
    parts.push(sql);
    values.push(typeof value === 'number' ? value : searched(value));
  }
  return { where: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`, values };
}

function first<Record>([row]: readonly Row[], parse: (row: Row) => Record): Record | undefined {
  return row === undefined ? undefined : parse(row);
}

function number([row]: readonly Row[]): number {
  assert(row !== undefined, 'an aggregate gives one row');
  return integer(row, 'number');
}
