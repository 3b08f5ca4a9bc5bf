import type { Migration } from './migration.ts';

/**
 * The steps of runs that are done, one row for each run, and where the newest effects (kind 1) and decisions (2) are. Revisions and the
 * last number of a step are kept beside, since no column of `step` tells them for these.
 */
export const hub004: Migration = {
  number: 4,
  name: 'hub-004',
  sql: `
CREATE TABLE packed (
  run INTEGER PRIMARY KEY REFERENCES run (seq),
  steps TEXT NOT NULL
) STRICT;
-- last: the highest number of a step of the run, which no other run has.
CREATE TABLE packed_ref (
  kind INTEGER NOT NULL,
  last INTEGER NOT NULL,
  run INTEGER NOT NULL,
  PRIMARY KEY (kind, last)
) STRICT, WITHOUT ROWID;
CREATE TABLE packed_revision (
  subject TEXT NOT NULL PRIMARY KEY,
  last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE packed_last (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  step INTEGER NOT NULL
) STRICT;
INSERT INTO packed_last (one, step) VALUES (1, 0);
-- Nothing asks for the effects of one system.
DROP INDEX step_system;
`,
};
