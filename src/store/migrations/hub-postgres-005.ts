import type { Migration } from './migration.ts';

/**
 * What was committed and is not in the tables yet, and the steps of runs that are done, one row for each run. The last revisions of
 * effects whose rows are gone, or were never there, lie in `dropped_revision`.
 */
export const hubPostgres005: Migration = {
  number: 5,
  name: 'hub-postgres-005',
  sql: `
-- A row for each commit, by the number of its batch.
CREATE TABLE journal (
  batch bigint PRIMARY KEY,
  body text NOT NULL
);
-- Compressed in a tenth of the time where the server can, else not at all: it is gone in a moment.
DO $body$ BEGIN
  ALTER TABLE journal ALTER body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
  ALTER TABLE journal ALTER body SET STORAGE EXTERNAL;
END $body$;

-- effect, decision: the highest number of such a step, none where the run has none.
CREATE TABLE packed (
  run bigint PRIMARY KEY,
  effect bigint,
  decision bigint,
  steps text NOT NULL
);
CREATE INDEX packed_effect ON packed (effect) WHERE effect IS NOT NULL;
CREATE INDEX packed_decision ON packed (decision) WHERE decision IS NOT NULL;
-- The highest number of a step that was packed.
CREATE TABLE packed_last (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  step bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO packed_last (step) VALUES (0);
-- Nothing asks for the effects of one system.
DROP INDEX step_system;
`,
};
