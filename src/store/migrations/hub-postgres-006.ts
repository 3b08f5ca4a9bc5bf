import type { Migration } from './migration.ts';

/**
 * The tables are written on a connection of its own, behind a row of its own, so that no commit waits for that; and each of the two rows
 * says which connection may write, so that what a lost one still has under way can do nothing.
 */
export const hubPostgres006: Migration = {
  number: 6,
  name: 'hub-postgres-006',
  sql: `
ALTER TABLE holder ADD COLUMN line bigint NOT NULL DEFAULT 0;

-- The hub that writes the tables: the same epoch as in holder, and the last batch of its own.
CREATE TABLE mover (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  epoch bigint NOT NULL,
  batch bigint NOT NULL,
  line bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO mover (epoch, batch, line) SELECT epoch, 0, 0 FROM holder;

-- The one of three arguments stays for a hub of the version before, until its lease is taken.
CREATE FUNCTION fence(given_epoch bigint, given_line bigint, given_batch bigint, lease_ms bigint) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
  UPDATE holder SET batch = given_batch, expires = clock_timestamp() + lease_ms * interval '1 millisecond'
    WHERE epoch = given_epoch AND line = given_line AND batch = given_batch - 1;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'another hub holds this database' USING ERRCODE = 'LS001';
  END IF;
END
$body$;

-- A commit as one statement, which is a transaction by itself.
CREATE FUNCTION fence_journal(given_epoch bigint, given_line bigint, given_batch bigint, lease_ms bigint, given_body text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
  PERFORM fence(given_epoch, given_line, given_batch, lease_ms);
  INSERT INTO journal (batch, body) VALUES (given_batch, given_body);
END
$body$;

CREATE FUNCTION fence_move(given_epoch bigint, given_line bigint, given_batch bigint) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
  UPDATE mover SET batch = given_batch WHERE epoch = given_epoch AND line = given_line AND batch = given_batch - 1;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'another hub holds this database' USING ERRCODE = 'LS001';
  END IF;
END
$body$;
`,
};
