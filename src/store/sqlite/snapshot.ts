import { backup, DatabaseSync } from 'node:sqlite';
import { storeFault } from './database.ts';

/** Pages that are copied before others get a turn. */
const pagesAtOnce = 1_000;

/**
 * Copies the database as it is at one moment into a new file, while its owner goes on writing; durable when it resolves.
 * Raises STORE_UNAVAILABLE.
 */
export async function snapshotDatabase(file: string, to: string): Promise<void> {
  try {
    using source = new DatabaseSync(file, { readOnly: true });
    // One read transaction over the whole copy: without it every commit meanwhile would begin the copy anew.
    source.exec('BEGIN');
    source.prepare('SELECT count(*) FROM sqlite_schema').get();
    await backup(source, to, { rate: pagesAtOnce });
  } catch (error) {
    throw storeFault(error, file);
  }
}
