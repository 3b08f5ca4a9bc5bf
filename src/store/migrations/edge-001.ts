import type { Migration } from './migration.ts';

/** The edge's rule states and its buffer on SQLite. An event that was acknowledged loses its body and stays for its id, so that a repeat is no second event. */
export const edge001: Migration = {
  number: 1,
  name: 'edge-001',
  sql: `
CREATE TABLE state (
  rule TEXT NOT NULL PRIMARY KEY,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE event (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  appended_ms INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  body TEXT
) STRICT;
CREATE INDEX event_pending ON event (position, bytes) WHERE body IS NOT NULL;

CREATE TABLE note (
  name TEXT NOT NULL PRIMARY KEY,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
  address TEXT NOT NULL,
  reason TEXT NOT NULL,
  raw TEXT NOT NULL,
  first_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (address, reason)
) STRICT, WITHOUT ROWID;
`,
};
