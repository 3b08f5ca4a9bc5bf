import type { Migration } from './migration.ts';

/**
 * What of the buffer may overtake what: the rank of an event, and its lane, which it shares with all that it has a key in common
 * with. What an earlier Lineshaft left in the buffer has unknown keys: everything waits behind it, under the key `*`.
 */
export const edge003: Migration = {
  number: 3,
  name: 'edge-003',
  sql: `
ALTER TABLE event ADD COLUMN rank INTEGER NOT NULL DEFAULT 1;
ALTER TABLE event ADD COLUMN lane INTEGER NOT NULL DEFAULT 0;
CREATE INDEX event_lane ON event (lane, position) WHERE body IS NOT NULL;
CREATE INDEX event_rank ON event (rank, position) WHERE body IS NOT NULL;

CREATE TABLE lane_key (
  key TEXT NOT NULL PRIMARY KEY,
  lane INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX lane_key_lane ON lane_key (lane);
INSERT INTO lane_key (key, lane) SELECT '*', 0 FROM event WHERE body IS NOT NULL LIMIT 1;
`,
};
