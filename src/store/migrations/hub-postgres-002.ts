import type { Migration } from './migration.ts';

/** Releases of the landscape, kept for the runs that began on them. */
export const hubPostgres002: Migration = {
  number: 2,
  name: 'hub-postgres-002',
  sql: `
CREATE TABLE release (
  release text NOT NULL PRIMARY KEY,
  kept_ms bigint NOT NULL,
  body text NOT NULL
);
`,
};
