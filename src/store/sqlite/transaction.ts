import type { DatabaseSync } from 'node:sqlite';

/** Runs `work` in one transaction: all of it is durable on return, nothing of it on a throw. `mostlyReads` takes the right to write when it needs it. */
export function inTransaction<Value>(database: DatabaseSync, work: () => Value, mostlyReads = false): Value {
  database.exec(mostlyReads ? 'BEGIN' : 'BEGIN IMMEDIATE');
  try {
    const value = work();
    database.exec('COMMIT');
    return value;
  } catch (error) {
    // A full disk or a failed write makes SQLite roll back by itself.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
