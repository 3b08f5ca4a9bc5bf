import type { Migration } from './migration.ts';

/** The addresses that sources have told of, and since when values of one may be missing: what nobody heard while the edge was away has a beginning. */
export const edge006: Migration = {
  number: 6,
  name: 'edge-006',
  sql: `
CREATE TABLE heard (
  source TEXT NOT NULL,
  address TEXT NOT NULL,
  first_ms INTEGER NOT NULL,
  missing_ms INTEGER,
  reason TEXT,
  PRIMARY KEY (source, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX heard_missing ON heard (source, address) WHERE missing_ms IS NOT NULL;
`,
};
