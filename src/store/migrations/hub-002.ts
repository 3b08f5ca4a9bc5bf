import type { Migration } from './migration.ts';

/** What was committed and is not in the tables yet: a row for each commit, oldest first. */
export const hub002: Migration = {
  number: 2,
  name: 'hub-002',
  sql: `
CREATE TABLE journal (
  seq INTEGER PRIMARY KEY,
  body TEXT NOT NULL
) STRICT;
`,
};
