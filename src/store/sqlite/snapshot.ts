import { copyFileSync, statSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { storeFault } from './database.ts';
import { journalSuffixes } from './journal.ts';

export interface SnapshotLimits {
  /** Pages that are copied before others get a turn. */
  readonly pagesAtOnce: number;
  /**
   * Bytes by which the write-ahead log may grow meanwhile: nothing of it can be moved to the database while the copy reads from it. A copy
   * that takes longer is given up, so that it does not fill the disk of the hub that it is to protect.
   */
  readonly logBytesMax: number;
}

const defaults: SnapshotLimits = { pagesAtOnce: 1_000, logBytesMax: 1024 * 1024 * 1024 };

/**
 * Copies the database as it is at one moment into a new file, while its owner goes on writing, its journal beside it; durable when it
 * resolves. The tables of the copy are newer than its journal is old, so that nothing lies between them. Raises STORE_UNAVAILABLE, and
 * OVERLOADED where too much was written meanwhile.
 */
export async function snapshotDatabase(file: string, to: string, { pagesAtOnce, logBytesMax } = defaults): Promise<void> {
  const log = `${file}-wal`;
  const logBytes = (): number => statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  try {
    copyJournal(file, to);
    using source = new DatabaseSync(file, { readOnly: true });
    // One read transaction over the whole copy: without it every commit meanwhile would begin the copy anew.
    source.exec('BEGIN');
    source.prepare('SELECT count(*) FROM sqlite_schema').get();
    const before = logBytes();
    await backup(source, to, {
      rate: pagesAtOnce,
      progress() {
        const grown = logBytes() - before;
        if (grown > logBytesMax)
          throw new Fault('OVERLOADED', `While ${file} was copied, ${grown} bytes were written (limit ${logBytesMax}); copy it when less comes in.`, { file });
      },
    });
  } catch (error) {
    throw storeFault(error, file);
  }
}

function copyJournal(file: string, to: string): void {
  try {
    for (const suffix of journalSuffixes) copyFileSync(file + suffix, to + suffix);
  } catch (cause) {
    throw new Fault('STORE_UNAVAILABLE', `Cannot copy the journal of ${file}: ${messageOf(cause)}.`, { file }, cause);
  }
}
