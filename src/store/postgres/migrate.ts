import { createHash } from 'node:crypto';
import { assert } from '../../kernel/assert.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Migration } from '../migrations/migration.ts';
import { integer, text } from '../row.ts';
import { quoted, type Session } from './session.ts';

interface Applied {
  readonly name: string;
  readonly checksum: string;
}

/** Any number, the same for all hubs: they lay out one schema after the other. */
const migrationLock = 4_711_001;

/**
 * Brings a schema forward to the last of `migrations`, all of them or none, while no other hub does. Raises STORE_NEWER where it knows
 * more migrations than the program, STORE_DIVERGED where one of them was another text when it was applied, or where tables lie there
 * that no migration of ours made.
 */
export async function migrate(session: Session, schema: string, migrations: readonly Migration[], place: string): Promise<void> {
  migrations.forEach((migration, index) => assert(migration.number === index + 1, `migrations are numbered without gaps, found ${migration.number} at place ${index + 1}`));
  await session.ask({ text: 'BEGIN' });
  try {
    await session.ask({ text: `SELECT pg_advisory_xact_lock(${migrationLock})` });
    const applied = await appliedMigrations(session, schema, place);
    compare(applied, migrations, place);
    for (const migration of migrations.slice(applied.length)) {
      await session.ask({ text: migration.sql });
      await session.ask({ text: 'INSERT INTO migration (number, name, checksum) VALUES ($1, $2, $3)', values: [migration.number, migration.name, checksum(migration)] });
    }
    await session.ask({ text: 'COMMIT' });
  } catch (error) {
    // Where the connection is gone, the server has rolled back by itself.
    if (session.alive) await session.ask({ text: 'ROLLBACK' }).catch(() => undefined);
    throw error;
  }
}

function compare(applied: readonly Applied[], migrations: readonly Migration[], place: string): void {
  if (applied.length > migrations.length) {
    throw new Fault('STORE_NEWER', `${place} has the layout ${applied.length}; this program knows layouts up to ${migrations.length}.`, {
      place,
      found: applied.length,
      known: migrations.length,
    });
  }
  applied.forEach((found, index) => {
    const known = migrations[index];
    if (known && found.name === known.name && found.checksum === checksum(known)) return;
    throw new Fault('STORE_DIVERGED', `Layout ${index + 1} ("${found.name}") of ${place} is not the one of this program ("${known?.name ?? 'none'}").`, {
      place,
      number: index + 1,
    });
  });
}

async function appliedMigrations(session: Session, schema: string, place: string): Promise<readonly Applied[]> {
  const { rows: schemas } = await session.ask({ text: 'SELECT nspname::text AS name FROM pg_namespace WHERE nspname = $1', values: [schema] });
  if (schemas.length === 0) await session.ask({ text: `CREATE SCHEMA ${quoted(schema)}` });
  const { rows: tables } = await session.ask({ text: 'SELECT tablename::text AS name FROM pg_tables WHERE schemaname = $1', values: [schema] });
  if (tables.length > 0 && !tables.some((row) => row['name'] === 'migration')) throw new Fault('STORE_DIVERGED', `${place} holds tables of another program.`, { place });
  await session.ask({ text: `CREATE TABLE IF NOT EXISTS ${quoted(schema)}.migration (number bigint PRIMARY KEY, name text NOT NULL, checksum text NOT NULL)` });
  const { rows } = await session.ask({ text: 'SELECT number, name, checksum FROM migration ORDER BY number' });
  rows.forEach((row, index) => {
    if (integer(row, 'number') === index + 1) return;
    throw new Fault('STORE_DIVERGED', `${place} lacks the layout ${index + 1}.`, { place, number: index + 1 });
  });
  return rows.map((row) => ({ name: text(row, 'name'), checksum: text(row, 'checksum') }));
}

function checksum(migration: Migration): string {
  return createHash('sha256').update(migration.sql).digest('hex');
}
