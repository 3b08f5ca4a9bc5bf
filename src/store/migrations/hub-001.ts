import type { Migration } from './migration.ts';

/**
 * The hub's log, runs, steps and cases on SQLite. Rows are found by small integers given in the order of commits, so that
 * inserts append; an index is there only where a read of the port needs it, and only over the rows that the read can want.
 */
export const hub001: Migration = {
  number: 1,
  name: 'hub-001',
  sql: `
CREATE TABLE event (
  position INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  time_ms INTEGER NOT NULL,
  received_ms INTEGER NOT NULL,
  keys TEXT NOT NULL,
  traceparent TEXT,
  principal TEXT NOT NULL,
  data TEXT NOT NULL,
  UNIQUE (source, id)
) STRICT;
CREATE INDEX event_type ON event (type);

CREATE TABLE run (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  flow TEXT NOT NULL,
  key TEXT NOT NULL,
  position INTEGER NOT NULL,
  status TEXT NOT NULL,
  release TEXT NOT NULL,
  protocol INTEGER NOT NULL,
  started_ms INTEGER NOT NULL,
  ended_ms INTEGER,
  reason TEXT
) STRICT;
CREATE INDEX run_flow ON run (flow);
CREATE INDEX run_not_done ON run (status) WHERE status <> 'done';

CREATE TABLE step (
  seq INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run (seq),
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  mode TEXT NOT NULL,
  name TEXT NOT NULL,
  issue INTEGER NOT NULL,
  done INTEGER,
  status TEXT NOT NULL,
  issued_ms INTEGER NOT NULL,
  ended_ms INTEGER,
  due_ms INTEGER,
  system TEXT,
  entity TEXT,
  revision INTEGER,
  attempts INTEGER NOT NULL,
  input TEXT NOT NULL,
  output TEXT,
  history TEXT NOT NULL,
  UNIQUE (run, id)
) STRICT;
-- Written as a chain, because SQLite builds a table for a list of more than two words each time a row is tried against it.
CREATE INDEX step_open_effect ON step (seq) WHERE kind = 'effect' AND status <> 'done' AND status <> 'refused' AND status <> 'cancelled' AND status <> 'expired';
CREATE INDEX step_entity ON step (entity, name, revision) WHERE kind = 'effect';
CREATE INDEX step_system ON step (system) WHERE kind = 'effect';
CREATE INDEX step_decision ON step (seq) WHERE kind = 'decide';

CREATE TABLE exception (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  class TEXT NOT NULL,
  severity TEXT NOT NULL,
  status TEXT NOT NULL,
  version INTEGER NOT NULL,
  owners TEXT NOT NULL,
  summary TEXT NOT NULL,
  keys TEXT NOT NULL,
  run TEXT,
  step TEXT,
  evidence TEXT NOT NULL,
  actions TEXT NOT NULL,
  opened_ms INTEGER NOT NULL,
  due_ms INTEGER NOT NULL,
  changed_ms INTEGER NOT NULL,
  history TEXT NOT NULL
) STRICT;
CREATE INDEX exception_type ON exception (type);
CREATE INDEX exception_unresolved ON exception (status) WHERE status <> 'resolved';

CREATE TABLE notice (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  exception TEXT NOT NULL,
  channel TEXT NOT NULL,
  recipient TEXT NOT NULL,
  status TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  body TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  changed_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX notice_open ON notice (status) WHERE status = 'open';

CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  source TEXT NOT NULL,
  event_id TEXT NOT NULL,
  principal TEXT NOT NULL,
  reason TEXT NOT NULL,
  raw TEXT NOT NULL
) STRICT;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  details TEXT NOT NULL
) STRICT;
CREATE INDEX audit_subject ON audit (subject);

CREATE TABLE cursor (
  name TEXT NOT NULL PRIMARY KEY,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- kind: 1 event, 2 run, 3 exception; ref: its position or seq.
CREATE TABLE key_ref (
  value TEXT NOT NULL,
  kind INTEGER NOT NULL,
  ref INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (value, kind, ref, name)
) STRICT, WITHOUT ROWID;
`,
};
