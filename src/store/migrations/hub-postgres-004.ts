import type { Migration } from './migration.ts';

/** What was dropped, so that it can be subtracted where rows are counted by their last number; the last revisions of effects that were; the runs of an event. */
export const hubPostgres004: Migration = {
  number: 4,
  name: 'hub-postgres-004',
  sql: `
CREATE TABLE dropped (
  name text PRIMARY KEY,
  count bigint NOT NULL
);
INSERT INTO dropped (name, count) VALUES ('event', 0), ('run', 0), ('quarantine', 0);
CREATE TABLE dropped_revision (
  name text COLLATE "C" NOT NULL,
  entity text COLLATE "C",
  last bigint NOT NULL,
  UNIQUE NULLS NOT DISTINCT (name, entity)
);
CREATE INDEX run_position ON run (position);
`,
};
