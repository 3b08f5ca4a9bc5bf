import type { Migration } from './migration.ts';

/** What was dropped, so that it can be subtracted where rows are counted by their last number; and the runs of an event, which go with it. */
export const hub005: Migration = {
  number: 5,
  name: 'hub-005',
  sql: `
CREATE TABLE dropped (
  name TEXT NOT NULL PRIMARY KEY,
  count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO dropped (name, count) VALUES ('event', 0), ('run', 0), ('quarantine', 0);
CREATE INDEX run_position ON run (position);
`,
};
