import type { Migration } from './migration.ts';

/** Releases of the landscape, kept for the runs that began on them. */
export const hub003: Migration = {
  number: 3,
  name: 'hub-003',
  sql: `
CREATE TABLE release (
  release TEXT NOT NULL PRIMARY KEY,
  kept_ms INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`,
};
