import type { Migration } from './migration.ts';

/** The edge's rule states and its buffer on SQLite. `known` keeps the ids of events whose bodies are gone, so that a repeat is no second event. */
export const edge001: Migration = {
  number: 1,
  name: 'edge-001',
  sql: `
CREATE TABLE state (
  rule TEXT NOT NULL PRIMARY KEY,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE buffer (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL,
  body TEXT NOT NULL,
  appended_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE known (
  id TEXT NOT NULL PRIMARY KEY,
  appended_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX known_age ON known (appended_ms);

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
