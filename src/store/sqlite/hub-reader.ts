import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { assert } from '../../kernel/assert.ts';
import { rowLimit } from '../row-limit.ts';
import { markedRunsMax, type RunStatus, type StepRecord, type StoreReads } from '../store.ts';
import { keyPairs } from './change-row.ts';
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
import { refKinds } from './fold.ts';
import { newestSteps, packedKinds, packedRows } from './packed-steps.ts';
import { eventsFrom, pageTexts, stepsFrom, type SeqOfRun } from './page-text.ts';
import { integer, text, word, type Row } from '../row.ts';

/** The reads of the port in one thread; from thread to thread pages go as `PageTexts`. */
export type HubReader = { readonly [Name in keyof StoreReads]: (...args: Parameters<StoreReads[Name]>) => Awaited<ReturnType<StoreReads[Name]>> };

/** Different shapes of one read: few, since each is a combination of its optional filters. */
type Prepare = (sql: string) => StatementSync;

/** Word for word the condition of the index `step_open_effect`. */
const openEffect = "kind = 'effect' AND status <> 'done' AND status <> 'refused' AND status <> 'cancelled' AND status <> 'expired'";
/** Said so that the small index of runs that are not done serves. */
const isLive = "status <> 'done' AND status IN ('active', 'queued', 'parked')";
/** The long texts lie behind the other columns, and the row is read no further than is asked for. */
const markedSteps = `SELECT id, kind, mode, name, issue, done, status, issued_ms, ended_ms, attempts, kind = 'wait' AND output IS 'null' AS came_to_nothing
  FROM step WHERE run = ? ORDER BY issue, seq`;
const stepWithRun = 'SELECT step.*, run.id AS run_id FROM step JOIN run ON run.seq = step.run';
const stepsOfRun = `${stepWithRun} WHERE step.run = ? ORDER BY step.issue, step.seq`;

export function hubReader(database: DatabaseSync, seqOfRun: SeqOfRun): HubReader {
  const statements = new Map<string, StatementSync>();
  const prepare: Prepare = (sql) => {
    const statement = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  const texts = pageTexts(database, seqOfRun);
  return {
    ...eventReads(prepare),
    eventsAt: (positions) => eventsFrom(texts.eventsText(positions)),
    ...runReads(prepare, seqOfRun),
    ...stepReads(prepare, seqOfRun),
    stepsOf: (runs) => stepsFrom(texts.stepsTexts(runs), runs),
    ...caseReads(prepare),
    ...overviews(prepare),
  };
}

function eventReads(prepare: Prepare): Pick<HubReader, 'event' | 'eventsAfter' | 'eventsLatest' | 'eventsMatching' | 'lastPosition' | 'cursor'> {
  return {
    event: (position) => maybe(prepare('SELECT * FROM event WHERE position = ?').get(position), eventRecord),
    eventsAfter: (position, limit) => prepare('SELECT * FROM event WHERE position > ? ORDER BY position LIMIT ?').all(position, rowLimit(limit)).map(eventRecord),
    eventsLatest({ type, limit }) {
      const { where, values } = filter([['type = ?', type]]);
      return prepare(`SELECT * FROM event ${where} ORDER BY position DESC LIMIT ?`)
        .all(...values, rowLimit(limit))
        .map(eventRecord);
    },
    eventsMatching({ type, keys, after, limit }) {
      const [name, value, ...others] = keyPairs(keys);
      if (name === undefined || value === undefined) {
        return prepare('SELECT * FROM event WHERE type = ? AND position > ? ORDER BY position LIMIT ?').all(type, after, rowLimit(limit)).map(eventRecord);
      }
      const andOthers = ' AND EXISTS (SELECT 1 FROM key_ref other WHERE other.name = ? AND other.value = ? AND other.kind = first.kind AND other.ref = first.ref)'.repeat(
        others.length / 2,
      );
      const rows = prepare(`SELECT event.* FROM key_ref first CROSS JOIN event ON event.position = first.ref
        WHERE first.name = ? AND first.value = ? AND first.kind = ${refKinds.event} AND first.ref > ? AND event.type = ?${andOthers} ORDER BY first.ref LIMIT ?`);
      return rows.all(name, value, after, type, ...others, rowLimit(limit)).map(eventRecord);
    },
    lastPosition: () => number(prepare('SELECT coalesce(max(position), 0) AS number FROM event')),
    cursor: (name) => maybe(prepare('SELECT position FROM cursor WHERE name = ?').get(name), (row) => integer(row, 'position')) ?? 0,
  };
}

function runReads(prepare: Prepare, seqOfRun: SeqOfRun): Pick<HubReader, 'run' | 'runs' | 'liveRuns' | 'releasesInUse'> {
  return {
    run: (id) => maybe(prepare('SELECT * FROM run WHERE seq = ?').get(seqOfRun(id) ?? null), runRecord),
    runs({ status, flow, limit }) {
      // The unary plus keeps the flow's index from being chosen over the far smaller one of runs that are not done.
      const byStatus = status !== undefined && status !== 'done';
      const { where, values } = filter([
        [byStatus ? "status <> 'done' AND status = ?" : 'status = ?', status],
        [byStatus ? '+flow = ?' : 'flow = ?', flow],
      ]);
      return prepare(`SELECT * FROM run ${where} ORDER BY seq DESC LIMIT ?`)
        .all(...values, rowLimit(limit))
        .map(runRecord);
    },
    liveRuns: () => prepare(`SELECT * FROM run WHERE ${isLive} ORDER BY seq`).all().map(runRecord),
    releasesInUse: () =>
      prepare(`SELECT release FROM run WHERE ${isLive} UNION SELECT release FROM run WHERE seq IN (SELECT run FROM step WHERE ${openEffect})`)
        .all()
        .map((row) => text(row, 'release')),
  };
}

function stepReads(prepare: Prepare, seqOfRun: SeqOfRun): Pick<HubReader, 'steps' | 'stepMarks' | 'openEffects' | 'effects' | 'decisions'> {
  /** The packed steps of a run, none where they are rows; in the order of issue. */
  const packedOf = (seq: number | null): readonly Row[] => {
    const packed = prepare('SELECT packed.steps, run.id AS run_id FROM packed JOIN run ON run.seq = packed.run WHERE run.seq = ?').get(seq);
    return packed === undefined ? [] : packedRows(packed).sort((one, other) => integer(one, 'issue') - integer(other, 'issue') || integer(one, 'seq') - integer(other, 'seq'));
  };
  const newest = (kind: keyof typeof packedKinds, limit: number): readonly StepRecord[] => {
    const found = prepare(`${stepWithRun} WHERE step.seq IN (SELECT seq FROM step WHERE kind = '${kind}' ORDER BY seq DESC LIMIT ?) ORDER BY step.seq DESC`).all(rowLimit(limit));
    const trail = prepare(`SELECT packed_ref.last, packed.steps, run.id AS run_id FROM packed_ref JOIN packed ON packed.run = packed_ref.run JOIN run ON run.seq = packed_ref.run
      WHERE packed_ref.kind = ? ORDER BY packed_ref.last DESC`);
    return newestSteps(kind, found, trail.iterate(packedKinds[kind]), limit).map(stepRecord);
  };
  return {
    steps(run) {
      const seq = seqOfRun(run) ?? null;
      const rows = prepare(stepsOfRun).all(seq);
      return (rows.length > 0 ? rows : packedOf(seq)).map(stepRecord);
    },
    stepMarks(runs) {
      assert(runs.length <= markedRunsMax, 'marks are asked for of a bounded number of runs');
      const ofRun = prepare(markedSteps);
      return runs.flatMap((run) => {
        const seq = seqOfRun(run) ?? null;
        const rows = ofRun.all(seq);
        return (rows.length > 0 ? rows : packedOf(seq).map(withNothing)).map((row) => stepMark(run, row));
      });
    },
    openEffects: () => prepare(`${stepWithRun} WHERE step.seq IN (SELECT seq FROM step WHERE ${openEffect}) ORDER BY step.seq`).all().map(stepRecord),
    effects: (limit) => newest('effect', limit),
    decisions: (limit) => newest('decide', limit),
  };
}

/** As `markedSteps` tells it. */
function withNothing(row: Row): Row {
  return { ...row, came_to_nothing: row['kind'] === 'wait' && row['output'] === 'null' ? 1 : 0 };
}

function caseReads(prepare: Prepare): Pick<HubReader, 'exception' | 'exceptions' | 'openNotices' | 'quarantined' | 'audit' | 'release' | 'releases'> {
  return {
    exception: (id) => maybe(prepare('SELECT * FROM exception WHERE id = ?').get(id), exceptionRecord),
    exceptions({ status, owner, key, type, limit }) {
      const open = status !== undefined && status !== 'resolved';
      const { where, values } = filter(
        [
          [open ? "status <> 'resolved' AND status = ?" : 'status = ?', status === 'unresolved' ? undefined : status],
          ['EXISTS (SELECT 1 FROM json_each(exception.owners) owner WHERE owner.value = ?)', owner],
          [`seq IN (SELECT ref FROM key_ref WHERE value = ? AND kind = ${refKinds.exception})`, key],
          ['type = ?', type],
        ],
        status === 'unresolved' ? "status <> 'resolved'" : undefined,
      );
      return prepare(`SELECT * FROM exception ${where} ORDER BY seq DESC LIMIT ?`)
        .all(...values, rowLimit(limit))
        .map(exceptionRecord);
    },
    openNotices: () => prepare("SELECT * FROM notice WHERE status = 'open' ORDER BY seq").all().map(noticeRecord),
    quarantined: (limit) => prepare('SELECT * FROM quarantine ORDER BY id DESC LIMIT ?').all(rowLimit(limit)).map(quarantineRecord),
    audit({ subject, before, limit }) {
      const { where, values } = filter([
        ['subject = ?', subject],
        ['id < ?', before],
      ]);
      return prepare(`SELECT * FROM audit ${where} ORDER BY id DESC LIMIT ?`)
        .all(...values, rowLimit(limit))
        .map(auditRecord);
    },
    release: (release) => maybe(prepare('SELECT * FROM release WHERE release = ?').get(release), releaseRecord),
    releases: () => prepare('SELECT release, kept_ms FROM release ORDER BY kept_ms DESC, release').all().map(keptRelease),
  };
}

function overviews(prepare: Prepare): Pick<HubReader, 'byKey' | 'counts'> {
  const refs = (kind: number): string => `(SELECT DISTINCT ref FROM key_ref WHERE value = ? AND kind = ${kind} ORDER BY ref DESC LIMIT ?)`;
  return {
    byKey: (value, limit) => ({
      events: prepare(`SELECT * FROM event WHERE position IN ${refs(refKinds.event)} ORDER BY position`)
        .all(value, rowLimit(limit))
        .map(eventRecord),
      runs: prepare(`SELECT * FROM run WHERE seq IN ${refs(refKinds.run)} ORDER BY seq`)
        .all(value, rowLimit(limit))
        .map(runRecord),
      exceptions: prepare(`SELECT * FROM exception WHERE seq IN ${refs(refKinds.exception)} ORDER BY seq`)
        .all(value, rowLimit(limit))
        .map(exceptionRecord),
    }),
    // The last number, less what was dropped, is the count; only what is not done is counted row by row.
    counts() {
      const runs: Partial<Record<RunStatus, number>> = {};
      let done = number(prepare(`SELECT coalesce(max(seq), 0) - ${dropped('run')} AS number FROM run`));
      for (const row of prepare("SELECT status, count(*) AS number FROM run WHERE status <> 'done' GROUP BY status").all()) {
        const count = integer(row, 'number');
        runs[word(row, 'status', runStatuses)] = count;
        done -= count;
      }
      if (done > 0) runs.done = done;
      return {
        events: number(prepare(`SELECT coalesce(max(position), 0) - ${dropped('event')} AS number FROM event`)),
        runs,
        openEffects: number(prepare(`SELECT count(*) AS number FROM step WHERE ${openEffect}`)),
        openExceptions: number(prepare("SELECT count(*) AS number FROM exception WHERE status <> 'resolved'")),
        quarantined: number(prepare(`SELECT coalesce(max(id), 0) - ${dropped('quarantine')} AS number FROM quarantine`)),
      };
    },
  };
}

function dropped(name: 'event' | 'run' | 'quarantine'): string {
  return `(SELECT count FROM dropped WHERE name = '${name}')`;
}

/** A WHERE clause of the conditions whose value is given, and of `always`. */
function filter(
  conditions: readonly (readonly [sql: string, value: string | number | undefined])[],
  always?: string,
): { readonly where: string; readonly values: readonly SQLInputValue[] } {
  const parts = always === undefined ? [] : [always];
  const values: SQLInputValue[] = [];
  for (const [sql, value] of conditions) {
    if (value === undefined) continue;
    parts.push(sql);
    values.push(value);
  }
  return { where: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`, values };
}

function maybe<Record>(row: Row | undefined, parse: (row: Row) => Record): Record | undefined {
  return row === undefined ? undefined : parse(row);
}

function number(statement: StatementSync): number {
  const row = statement.get();
  assert(row !== undefined, 'an aggregate gives one row');
  return integer(row, 'number');
}
