import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { Migration } from '../migrations/migration.ts';
import { migrate } from './migrate.ts';

export interface DatabaseOptions {
  readonly file: string;
  readonly migrations: readonly Migration[];
  /** Page cache in KiB. */
  readonly cacheKiB: number;
  /** Largest size of the database file in bytes; a commit beyond it is refused with STORE_UNAVAILABLE. Default: what the disk holds. */
  readonly bytesMax?: number | undefined;
  /** The write-ahead log is moved to the database from this length on, and cut back to it, in bytes. */
  readonly walBytes?: number | undefined;
}

export interface OpenDatabase {
  readonly database: DatabaseSync;
  /** Pages that it may grow to; none where the disk is the limit. */
  readonly pagesMax: number | undefined;
  close(): void;
}

const pageBytes = 4_096;
/** How long a commit waits for a foreign reader or backup that holds the database, in milliseconds. */
const busyMs = 5_000;
/** Pages of 4 KiB in the write-ahead log before they are moved to the database: few enough that one move stays short, many enough that a page written by several commits is moved once. */
const checkpointPages = 8_000;
/** The write-ahead log is cut back to this size after a burst, in bytes. */
const walBytesMax = 64 * 1024 * 1024;

/**
 * Opens the database alone and brings it to the program's layout. Raises DATA_DIR_IN_USE, STORE_NEWER, STORE_DIVERGED, and
 * STORE_UNAVAILABLE where it cannot be read or written.
 */
export function openDatabase(options: DatabaseOptions): OpenDatabase {
  const { file } = options;
  try {
    mkdirSync(dirname(file), { recursive: true });
  } catch (cause) {
    throw new Fault('STORE_UNAVAILABLE', `Cannot make the data directory ${dirname(file)}: ${messageOf(cause)}.`, { file }, cause);
  }
  const lock = lockDatabase(file);
  try {
    const database = new DatabaseSync(file, { timeout: busyMs, enableForeignKeyConstraints: true });
    const { walBytes = walBytesMax } = options;
    const pagesMax = options.bytesMax === undefined ? undefined : Math.floor(options.bytesMax / pageBytes);
    try {
      database.exec(`
        PRAGMA page_size = ${pageBytes};
        PRAGMA auto_vacuum = INCREMENTAL;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA fullfsync = ON;
        PRAGMA temp_store = MEMORY;
        PRAGMA cache_size = -${options.cacheKiB};
        PRAGMA wal_autocheckpoint = ${Math.min(checkpointPages, Math.floor(walBytes / pageBytes))};
        PRAGMA journal_size_limit = ${walBytes};
        ${pagesMax === undefined ? '' : `PRAGMA max_page_count = ${pagesMax};`}`);
      migrate(database, options.migrations, file);
    } catch (error) {
      database.close();
      throw error;
    }
    return {
      database,
      pagesMax,
      close() {
        try {
          database.close();
        } finally {
          lock.close();
        }
      },
    };
  } catch (error) {
    lock.close();
    throw storeFault(error, file);
  }
}

/**
 * A tiny database beside the real one, locked for as long as this process lives: the lock dies with its holder on every
 * platform, and the real database stays open to readers such as a backup. Raises DATA_DIR_IN_USE and STORE_UNAVAILABLE.
 */
export function lockDatabase(file: string): DatabaseSync {
  const lockFile = `${file}.lock`;
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(lockFile, { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    if (sqliteCode(error) === sqlite.busy) throw new Fault('DATA_DIR_IN_USE', `${file} is held by another process.`, { file }, error);
    throw storeFault(error, lockFile);
  }
}

const sqlite = { busy: 5, locked: 6, noMemory: 7, readOnly: 8, ioError: 10, corrupt: 11, full: 13, cannotOpen: 14, notADatabase: 26 } as const;
const environmentCodes: ReadonlySet<number> = new Set(Object.values(sqlite));

/** SQLite's primary result code of an error, where it has one. */
function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}

/** What SQLite threw, as a Fault where the disk, the file or another process is the cause; a bug of ours stays what it is. */
export function storeFault(error: unknown, file: string): unknown {
  const code = sqliteCode(error);
  if (code === undefined || !environmentCodes.has(code)) return error;
  return new Fault('STORE_UNAVAILABLE', `Cannot use ${file}: ${messageOf(error)}.`, { file, sqlite: code }, error);
}
