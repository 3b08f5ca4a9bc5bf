import type { Migration } from './migration.ts';

/** The commands that came to the edge, by their ids, and what became of them: kept so that none is carried out twice. */
export const edge004: Migration = {
  number: 4,
  name: 'edge-004',
  sql: `
CREATE TABLE command (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  signal TEXT NOT NULL,
  open INTEGER NOT NULL,
  written_ms INTEGER,
  at_ms INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX command_open ON command (position) WHERE open = 1;
CREATE INDEX command_written ON command (signal, written_ms) WHERE written_ms IS NOT NULL;
`,
};
