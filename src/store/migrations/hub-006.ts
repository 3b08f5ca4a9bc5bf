import type { Migration } from './migration.ts';

/**
 * Where events are found by source and id, bucket by bucket (decision 026). The unique index of old becomes one of those events that are
 * here now: a row less in it for each that goes, none more, and nothing of the log is copied. What of it was an index of a constraint is
 * one with a name, over the same tree.
 */
export const hub006: Migration = {
  number: 6,
  name: 'hub-006',
  sql: `
-- Positions from first to last, and a filter of all that is there.
CREATE TABLE event_bucket (
  first INTEGER PRIMARY KEY,
  last INTEGER NOT NULL,
  filter BLOB NOT NULL
) STRICT;
-- A bucket's hashes and places by their highest bits; at: first * 4096 + these.
CREATE TABLE event_chunk (
  at INTEGER PRIMARY KEY,
  entries BLOB NOT NULL
) STRICT;
-- Hashes of the bucket that is being filled, from a position on.
CREATE TABLE event_part (
  first INTEGER PRIMARY KEY,
  hashes BLOB NOT NULL
) STRICT;
INSERT INTO cursor (name, position)
  SELECT 'event.old', coalesce(max(position), 0) FROM event
  UNION ALL SELECT 'event.open', coalesce(max(position), 0) + 1 FROM event
  UNION ALL SELECT 'event.seed', abs(random() % 9007199254740992);

PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, ',
  UNIQUE (source, id)', '') WHERE type = 'table' AND name = 'event';
UPDATE sqlite_schema SET name = 'event_old', sql = 'CREATE UNIQUE INDEX event_old ON event (source, id) WHERE position <= ' || (SELECT position FROM cursor WHERE name = 'event.old')
  WHERE type = 'index' AND name = 'sqlite_autoindex_event_1';
PRAGMA writable_schema = RESET;
`,
};
