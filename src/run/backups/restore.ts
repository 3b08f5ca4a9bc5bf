import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { chainedAudit } from '../../engine/audit/audit-chain.ts';
import { restoredMark } from '../../engine/restored.ts';
import { Fault } from '../../kernel/errors.ts';
import { lockDatabase } from '../../store/sqlite/database.ts';
import { journalSuffixes } from '../../store/sqlite/journal.ts';
import { openSqliteStore } from '../../store/sqlite/sqlite-store.ts';
import { makeDataDir } from '../data-dir.ts';
import { realClock } from '../real-clock.ts';
import { bytesOf } from '../text-lines.ts';
import { receiveBackup } from './backup-file.ts';
import { syncFolder } from '../whole-file.ts';
import type { Manifest } from './manifest.ts';

export interface RestoreOptions {
  readonly file: string;
  readonly dataDir: string;
  /** Sets the log that is there aside. */
  readonly force: boolean;
}

export interface Restored {
  readonly manifest: Manifest;
  /** Where the log that was there lies now. */
  readonly aside: string | undefined;
}

/**
 * Makes a hub's log of a backup, marked as restored, so that the hub that starts on it doubles nothing that the one before did later.
 * Raises COMMAND_INVALID where something is there, DATA_DIR_IN_USE, BACKUP_BROKEN, and what opening the log raises.
 */
export async function restoreBackup({ file, dataDir, force }: RestoreOptions): Promise<Restored> {
  if (!force && !(await isFree(dataDir))) {
    throw new Fault('COMMAND_INVALID', `${dataDir} is not empty. Restore into another --data directory, or set the log that is there aside with --force.`, { dataDir });
  }
  const folder = join(dataDir, 'hub');
  makeDataDir(folder);
  const database = join(folder, 'hub.db');
  // Held to the end: nobody starts a hub on half of it.
  const lock = lockDatabase(database);
  const work = join(folder, 'restore');
  try {
    await rm(work, { recursive: true, force: true });
    makeDataDir(work);
    const copy = join(work, 'hub.db');
    const manifest = await receiveBackup(await bytesOf(file), file, { file: copy, whole: false });
    await mark(copy, manifest, file);
    const aside = existsSync(database) ? await setAside(database, manifest) : undefined;
    await rename(copy, database);
    await syncFolder(folder);
    return { manifest, aside };
  } finally {
    await rm(work, { recursive: true, force: true });
    lock.close();
  }
}

/** Whether nothing is there but what a restore that failed, or was ended, leaves: its lock, and its half-made copy. */
async function isFree(dataDir: string): Promise<boolean> {
  if (!existsSync(dataDir)) return true;
  const names = await readdir(dataDir);
  if (names.some((name) => name !== 'hub')) return false;
  return names.length === 0 || (await readdir(join(dataDir, 'hub'))).every((name) => name === 'restore' || name.startsWith('hub.db.lock'));
}

/** Opened once as a hub would, which also brings it to this program's layout. */
async function mark(copy: string, manifest: Manifest, file: string): Promise<void> {
  const store = await openSqliteStore(copy);
  try {
    const position = await store.lastPosition();
    if (position !== manifest.position) {
      throw new Fault('BACKUP_BROKEN', `The log of ${file} ends at event ${position}; its manifest says ${manifest.position}.`, { file });
    }
    const { at, release, sha256 } = manifest;
    await (await chainedAudit(store)).commit(restoredMark(realClock.now(), { backup: at, position, release, sha256 }));
  } finally {
    await store.close();
  }
}

async function setAside(database: string, { at }: Manifest): Promise<string> {
  const stem = `${database}.before-restore-of-${at.replaceAll(/[:.]/g, '')}`;
  let aside = stem;
  for (let n = 2; existsSync(aside); n += 1) aside = `${stem}-${n}`;
  // The write-ahead log and the journal belong to it; the index of the first is made anew.
  for (const suffix of ['-wal', ...journalSuffixes]) if (existsSync(database + suffix)) await rename(database + suffix, aside + suffix);
  await rm(`${database}-shm`, { force: true });
  await rename(database, aside);
  return aside;
}
