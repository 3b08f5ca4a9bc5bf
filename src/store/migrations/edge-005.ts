import type { Migration } from './migration.ts';

/** From when on values of an address are not judged, since the buffer is full: kept as long as it lasts, so that a kill leaves no hole that nobody knows of. */
export const edge005: Migration = {
  number: 5,
  name: 'edge-005',
  sql: `
CREATE TABLE parked (
  source TEXT NOT NULL,
  address TEXT NOT NULL,
  since_ms INTEGER NOT NULL,
  after_ms INTEGER NOT NULL,
  PRIMARY KEY (source, address)
) STRICT, WITHOUT ROWID;
`,
};
