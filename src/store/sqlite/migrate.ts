import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { assert } from '../../kernel/assert.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Migration } from '../migrations/migration.ts';
import { integer, text } from '../row.ts';
import { inTransaction } from './transaction.ts';

/**
 * Brings a database forward to the last of `migrations`, all of them or none. Raises STORE_NEWER where it knows more migrations
 * than the program, STORE_DIVERGED where one of them was another text when it was applied, or where tables lie there
 * that no migration of ours made.
 */
export function migrate(database: DatabaseSync, migrations: readonly Migration[], file: string): void {
  migrations.forEach((migration, index) => assert(migration.number === index + 1, `migrations are numbered without gaps, found ${migration.number} at place ${index + 1}`));
  inTransaction(database, () => {
    const applied = appliedMigrations(database, file);
    applied.forEach((found, index) => {
      const known = migrations[index];
      if (!known && index > 0) return;
      if (known && found.name === known.name && found.checksum === checksum(known)) return;
      throw new Fault('STORE_DIVERGED', `Layout ${index + 1} ("${found.name}") of ${file} is not the one of this program ("${known?.name ?? 'none'}").`, {
        file,
        number: index + 1,
      });
    });
    if (applied.length > migrations.length) {
      throw new Fault('STORE_NEWER', `${file} has the layout ${applied.length}; this program knows layouts up to ${migrations.length}.`, {
        file,
        found: applied.length,
        known: migrations.length,
      });
    }
    const record = database.prepare('INSERT INTO migration (number, name, checksum) VALUES (?, ?, ?)');
    if (applied.length === migrations.length) return;
    // One of them (hub-006) writes the schema's own table. Node.js before 24.12 lets it, and has no such switch.
    if ('enableDefensive' in database) database.enableDefensive(false);
    for (const migration of migrations.slice(applied.length)) {
      database.exec(migration.sql);
      record.run(migration.number, migration.name, checksum(migration));
    }
    if ('enableDefensive' in database) database.enableDefensive(true);
  });
}

function appliedMigrations(database: DatabaseSync, file: string): readonly { readonly name: string; readonly checksum: string }[] {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  if (tables.length > 0 && !tables.some((row) => row.name === 'migration')) {
    throw new Fault('STORE_DIVERGED', `${file} is a database of another program.`, { file });
  }
  database.exec('CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL) STRICT');
  const rows = database.prepare('SELECT number, name, checksum FROM migration ORDER BY number').all();
  rows.forEach((row, index) => {
    if (integer(row, 'number') === index + 1) return;
    throw new Fault('STORE_DIVERGED', `${file} lacks the layout ${index + 1}.`, { file, number: index + 1 });
  });
  return rows.map((row) => ({ name: text(row, 'name'), checksum: text(row, 'checksum') }));
}

function checksum(migration: Migration): string {
  return createHash('sha256').update(migration.sql).digest('hex');
}
