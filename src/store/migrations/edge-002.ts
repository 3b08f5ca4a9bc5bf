import type { Migration } from './migration.ts';

/** What is known to be missing of what the sources said: each gap once. */
export const edge002: Migration = {
  number: 2,
  name: 'edge-002',
  sql: `
CREATE TABLE gap (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT NOT NULL,
  address TEXT NOT NULL,
  after_ms INTEGER NOT NULL,
  before_ms INTEGER NOT NULL,
  reason TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  UNIQUE (source, address, after_ms, before_ms)
) STRICT;
`,
};
