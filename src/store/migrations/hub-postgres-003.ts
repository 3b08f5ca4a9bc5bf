import type { Migration } from './migration.ts';

/** Several shards, each in a schema of its own: the post between them, and (in the first schema only) how many there are and which hubs share them. */
export const hubPostgres003: Migration = {
  number: 3,
  name: 'hub-postgres-003',
  sql: `
-- What is to be appended to this shard's log, as it was put here by others.
CREATE TABLE inbox (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  principal text NOT NULL,
  sender text NOT NULL,
  event text NOT NULL
);

-- How effects ended that this shard's runs asked of other shards.
CREATE TABLE answer (
  run text COLLATE "C" NOT NULL,
  step text COLLATE "C" NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (run, step)
);

CREATE TABLE plan (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  shards bigint NOT NULL,
  key text NOT NULL
);

CREATE TABLE member (
  hub text COLLATE "C" PRIMARY KEY,
  address text NOT NULL,
  seen timestamptz NOT NULL
);
`,
};
