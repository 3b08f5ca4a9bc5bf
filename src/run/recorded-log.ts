import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '../kernel/errors.ts';
import { lockDatabase } from '../store/sqlite/database.ts';
import { journalSuffixes } from '../store/sqlite/journal.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';

/**
 * Reads a hub's log without touching it: works on a copy, gone afterwards. `dir` is the data directory of a hub that does not run, e.g. of
 * a restored backup. Raises COMMAND_INVALID where none is there, and DATA_DIR_IN_USE where its hub runs.
 */
export async function withRecordedLog<Value>(dir: string, use: (store: Store) => Promise<Value>): Promise<Value> {
  const file = [join(dir, 'hub', 'hub.db'), join(dir, 'hub.db')].find((path) => existsSync(path));
  if (file === undefined)
    throw new Fault('COMMAND_INVALID', `There is no hub's log in ${dir}. Name the data directory of a hub that does not run, or restore a backup to one.`, { dir });
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-log-'));
  try {
    const lock = lockDatabase(file);
    try {
      for (const suffix of ['', '-wal', ...journalSuffixes]) if (existsSync(file + suffix)) copyFileSync(file + suffix, join(folder, `hub.db${suffix}`));
    } finally {
      lock.close();
    }
    const store = await openSqliteStore(join(folder, 'hub.db'));
    try {
      return await use(store);
    } finally {
      await store.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
