import type { Migration } from './migration.ts';

/**
 * The hub's log, runs, steps and cases on PostgreSQL. Numbers are given by the one hub that holds the database, without gaps. A text
 * that is searched for and too long for an index lies whole in `long`. No index has a column that changes with a step's status, so
 * that such a change touches no index: what is open lies in a table of its own.
 */
export const hubPostgres001: Migration = {
  number: 1,
  name: 'hub-postgres-001',
  sql: `
CREATE TABLE event (
  position bigint PRIMARY KEY,
  source text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  time_ms bigint NOT NULL,
  received_ms bigint NOT NULL,
  keys text NOT NULL,
  traceparent text,
  principal text NOT NULL,
  data text NOT NULL,
  long text,
  UNIQUE (id, source)
);
CREATE INDEX event_type ON event (type, position);

CREATE TABLE run (
  seq bigint PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,
  flow text COLLATE "C" NOT NULL,
  key text NOT NULL,
  position bigint NOT NULL,
  status text NOT NULL,
  release text NOT NULL,
  protocol bigint NOT NULL,
  started_ms bigint NOT NULL,
  ended_ms bigint,
  reason text,
  long text
);
CREATE INDEX run_flow ON run (flow, seq);
CREATE INDEX run_not_done ON run (seq) WHERE status <> 'done';

CREATE TABLE step (
  seq bigint PRIMARY KEY,
  run bigint NOT NULL,
  id text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  mode text NOT NULL,
  name text COLLATE "C" NOT NULL,
  issue bigint NOT NULL,
  done bigint,
  status text NOT NULL,
  issued_ms bigint NOT NULL,
  ended_ms bigint,
  due_ms bigint,
  system text COLLATE "C",
  entity text COLLATE "C",
  revision bigint,
  attempts bigint NOT NULL,
  input text NOT NULL,
  output text,
  history text NOT NULL,
  long text,
  UNIQUE (run, id)
) WITH (fillfactor = 70);
CREATE INDEX step_entity ON step (entity, name, revision) WHERE kind = 'effect';
CREATE INDEX step_system ON step (system, seq) WHERE kind = 'effect';
CREATE INDEX step_decision ON step (seq) WHERE kind = 'decide';

CREATE TABLE open_effect (
  seq bigint PRIMARY KEY
);

CREATE TABLE exception (
  seq bigint PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,
  type text COLLATE "C" NOT NULL,
  class text NOT NULL,
  severity text NOT NULL,
  status text NOT NULL,
  version bigint NOT NULL,
  owners text NOT NULL,
  summary text NOT NULL,
  keys text NOT NULL,
  run text,
  step text,
  evidence text NOT NULL,
  actions text NOT NULL,
  opened_ms bigint NOT NULL,
  due_ms bigint NOT NULL,
  changed_ms bigint NOT NULL,
  history text NOT NULL,
  long text
);
CREATE INDEX exception_type ON exception (type, seq);
CREATE INDEX exception_unresolved ON exception (seq) WHERE status <> 'resolved';

CREATE TABLE notice (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,
  exception text NOT NULL,
  channel text NOT NULL,
  recipient text NOT NULL,
  status text NOT NULL,
  attempts bigint NOT NULL,
  body text NOT NULL,
  created_ms bigint NOT NULL,
  changed_ms bigint NOT NULL,
  long text
);
CREATE INDEX notice_open ON notice (seq) WHERE status = 'open';

CREATE TABLE quarantine (
  id bigint PRIMARY KEY,
  at_ms bigint NOT NULL,
  source text NOT NULL,
  event_id text NOT NULL,
  principal text NOT NULL,
  reason text NOT NULL,
  raw text NOT NULL
);

CREATE TABLE audit (
  id bigint PRIMARY KEY,
  at_ms bigint NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  subject text COLLATE "C" NOT NULL,
  details text NOT NULL,
  long text
);
CREATE INDEX audit_subject ON audit (subject, id);

CREATE TABLE cursor (
  name text COLLATE "C" PRIMARY KEY,
  position bigint NOT NULL
) WITH (fillfactor = 10);

-- kind: 1 event, 2 run, 3 exception, 4 owner of an exception; ref: its position or seq.
CREATE TABLE key_ref (
  value text COLLATE "C" NOT NULL,
  kind bigint NOT NULL,
  ref bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  PRIMARY KEY (value, kind, ref, name)
);

-- The hub that holds this database, and the last batch that it committed.
CREATE TABLE holder (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  epoch bigint NOT NULL,
  batch bigint NOT NULL,
  hub text NOT NULL,
  expires timestamptz NOT NULL
) WITH (fillfactor = 10);
INSERT INTO holder (epoch, batch, hub, expires) VALUES (0, 0, '', '-infinity');

-- Both raise what ends the transaction that they are called in, so that its COMMIT can be sent with it.
CREATE FUNCTION fence(given_epoch bigint, given_batch bigint, lease_ms bigint) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
  UPDATE holder SET batch = given_batch, expires = clock_timestamp() + lease_ms * interval '1 millisecond' WHERE epoch = given_epoch AND batch = given_batch - 1;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'another hub holds this database' USING ERRCODE = 'LS001';
  END IF;
END
$body$;

CREATE FUNCTION demand(wanted bigint, met bigint) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
  IF wanted <> met THEN
    RAISE EXCEPTION '% of % steps are set after they were added', met, wanted USING ERRCODE = 'LS002';
  END IF;
END
$body$;
`,
};
