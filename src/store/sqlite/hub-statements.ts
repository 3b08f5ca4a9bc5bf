import type { DatabaseSync } from 'node:sqlite';

/** The hub's writing statements, prepared once. Parameters are in the order of `changeRow`. */
export type HubStatements = ReturnType<typeof hubStatements>;

const exceptionColumns = [
  'type',
  'class',
  'severity',
  'status',
  'version',
  'owners',
  'summary',
  'keys',
  'run',
  'step',
  'evidence',
  'actions',
  'opened_ms',
  'due_ms',
  'changed_ms',
  'history',
] as const;

export function hubStatements(database: DatabaseSync) {
  return {
    lastNumbers: database.prepare(`SELECT coalesce((SELECT max(position) FROM event), 0) AS position, coalesce((SELECT max(seq) FROM run), 0) AS run,
      max(coalesce((SELECT max(seq) FROM step), 0), (SELECT step FROM packed_last)) AS step, coalesce((SELECT max(seq) FROM exception), 0) AS exception`),
    addEvent: database.prepare(`INSERT INTO event (position, source, id, type, time_ms, received_ms, keys, traceparent, principal, data)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    addKey: database.prepare('INSERT INTO key_ref (value, kind, ref, name) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    forgetKey: database.prepare('DELETE FROM key_ref WHERE value = ? AND kind = ? AND ref = ? AND name = ?'),
    addRun: database.prepare(`INSERT INTO run (seq, id, flow, key, position, status, release, protocol, started_ms, ended_ms, reason)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    moveRun: database.prepare('UPDATE run SET release = ? WHERE seq = ?'),
    setRun: database.prepare('UPDATE run SET status = ?, ended_ms = ?, reason = ? WHERE seq = ?'),
    addStep:
      database.prepare(`INSERT INTO step (seq, run, id, kind, mode, name, issue, done, status, issued_ms, ended_ms, due_ms, system, entity, revision, attempts, input, output, history)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    findStep: database.prepare('SELECT seq FROM step WHERE run = ? AND id = ?'),
    setStep: database.prepare('UPDATE step SET status = ?, done = ?, output = ?, ended_ms = ?, attempts = ?, history = ? WHERE seq = ?'),
    lastRevision: database.prepare(`SELECT max(coalesce((SELECT max(revision) FROM step WHERE kind = 'effect' AND entity IS ? AND name = ?), 0),
      coalesce((SELECT last FROM packed_revision WHERE subject = ?), 0)) AS last`),
    addPacked: database.prepare('INSERT INTO packed (run, steps) VALUES (?, ?)'),
    findPacked: database.prepare('SELECT steps FROM packed WHERE run = ?'),
    dropPacked: database.prepare('DELETE FROM packed WHERE run = ?'),
    addPackedRef: database.prepare('INSERT INTO packed_ref (kind, last, run) VALUES (?, ?, ?)'),
    setPackedRevision: database.prepare('INSERT INTO packed_revision (subject, last) VALUES (?, ?) ON CONFLICT (subject) DO UPDATE SET last = max(last, excluded.last)'),
    setPackedLast: database.prepare('UPDATE packed_last SET step = max(step, ?)'),
    addException: database.prepare(`INSERT INTO exception (seq, id, ${exceptionColumns.join(', ')})
      VALUES (?, ?, ${exceptionColumns.map(() => '?').join(', ')})`),
    findException: database.prepare('SELECT seq, version, keys FROM exception WHERE id = ?'),
    setException: database.prepare(`UPDATE exception SET ${exceptionColumns.map((column) => `${column} = ?`).join(', ')} WHERE seq = ?`),
    cursor: database.prepare('SELECT position FROM cursor WHERE name = ?'),
    setCursor: database.prepare('INSERT INTO cursor (name, position) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET position = excluded.position'),
    addQuarantine: database.prepare('INSERT INTO quarantine (at_ms, source, event_id, principal, reason, raw) VALUES (?, ?, ?, ?, ?, ?)'),
    putNotice: database.prepare(`INSERT INTO notice (id, exception, channel, recipient, status, attempts, body, created_ms, changed_ms)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET status = excluded.status, attempts = excluded.attempts, body = excluded.body, changed_ms = excluded.changed_ms,
        exception = excluded.exception, channel = excluded.channel, recipient = excluded.recipient, created_ms = excluded.created_ms`),
    keepRelease: database.prepare('INSERT INTO release (release, kept_ms, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
    dropRelease: database.prepare('DELETE FROM release WHERE release = ?'),
    oldJournal: database.prepare('SELECT seq, body FROM journal ORDER BY seq'),
    dropOldJournal: database.prepare('DELETE FROM journal'),
    addAudit: database.prepare('INSERT INTO audit (at_ms, actor, action, subject, details) VALUES (?, ?, ?, ?, ?)'),
  };
}
