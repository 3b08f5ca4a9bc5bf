import type { Migration } from './migration.ts';

/** Where runs are found by their ids, bucket by bucket (decision 030), as events are since hub-006. */
export const hub007: Migration = {
  number: 7,
  name: 'hub-007',
  sql: `
CREATE TABLE run_bucket (
  first INTEGER PRIMARY KEY,
  last INTEGER NOT NULL,
  filter BLOB NOT NULL
) STRICT;
CREATE TABLE run_chunk (
  at INTEGER PRIMARY KEY,
  entries BLOB NOT NULL
) STRICT;
CREATE TABLE run_part (
  first INTEGER PRIMARY KEY,
  hashes BLOB NOT NULL
) STRICT;
INSERT INTO cursor (name, position)
  SELECT 'run.old', coalesce(max(seq), 0) FROM run
  UNION ALL SELECT 'run.open', coalesce(max(seq), 0) + 1 FROM run
  UNION ALL SELECT 'run.seed', abs(random() % 9007199254740992);

PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'id TEXT NOT NULL UNIQUE', 'id TEXT NOT NULL') WHERE type = 'table' AND name = 'run';
UPDATE sqlite_schema SET name = 'run_old', sql = 'CREATE UNIQUE INDEX run_old ON run (id) WHERE seq <= ' || (SELECT position FROM cursor WHERE name = 'run.old')
  WHERE type = 'index' AND name = 'sqlite_autoindex_run_1';
PRAGMA writable_schema = RESET;
`,
};
