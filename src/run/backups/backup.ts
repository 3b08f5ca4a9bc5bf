import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backup, Backups } from '../../api/backups.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { openSqliteStore } from '../../store/sqlite/sqlite-store.ts';
import type { Store } from '../../store/store.ts';
import { snapshotDatabase } from '../../store/sqlite/snapshot.ts';
import { makeDataDir } from '../data-dir.ts';
import { realClock } from '../real-clock.ts';
import { backupFormat, backupVersion, type Manifest } from './manifest.ts';

export interface BackupParts {
  /** The database, which this process holds. */
  readonly file: string;
  readonly dataDir: string;
  readonly hub: string;
  readonly version: string;
  readonly release: string;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

/** Makes backups of a hub that goes on working: a copy beside its database first, then its bytes to whoever asked. One at a time. */
export async function sqliteBackups(parts: BackupParts): Promise<Backups> {
  const folder = join(parts.dataDir, 'backup');
  // What a hub left there that was killed meanwhile.
  await rm(folder, { recursive: true, force: true });
  let isBusy = false;
  return {
    async make() {
      if (isBusy) throw new Fault('CONFLICT', 'A backup is being made already.');
      isBusy = true;
      const discard = async (): Promise<void> => {
        // What cannot be removed is in nobody's way: the next start tries again.
        await rm(folder, { recursive: true, force: true }).catch((error: unknown) => parts.log('the copy of a backup cannot be removed', { error: messageOf(error) }));
        isBusy = false;
      };
      try {
        makeDataDir(folder);
        await assertRoom(parts.file, folder);
        return await copied(parts, join(folder, 'hub.db'), discard);
      } catch (error) {
        await discard();
        throw error;
      }
    },
  };
}

/** Bytes of the disk that a copy leaves to the hub. */
const leftMin = 256 * 1024 * 1024;

/** A copy must not take the room that the hub works in. Raises STORE_UNAVAILABLE. */
async function assertRoom(file: string, folder: string): Promise<void> {
  const [{ size }, { bavail, bsize }] = await Promise.all([stat(file), statfs(folder)]);
  const free = bavail * bsize;
  if (free < size + leftMin)
    throw new Fault('STORE_UNAVAILABLE', `No room for a copy beside the log: it has ${size} bytes, ${free} are free, and ${leftMin} must stay free.`, { file });
}

async function copied({ file, hub, version, release }: BackupParts, copy: string, discard: () => Promise<void>): Promise<Backup> {
  const atMs = realClock.now();
  await snapshotDatabase(file, copy);
  // As a hub would open it: a copy that this cannot read is none, and only this knows what its log holds.
  const store = await openSqliteStore(copy);
  const [position, counts] = await told(store);
  const hash = createHash('sha256');
  // Without an encoding it gives Buffers.
  for await (const chunk of createReadStream(copy)) hash.update(chunk as Buffer);
  const manifest: Manifest = {
    format: backupFormat,
    version: backupVersion,
    hub,
    lineshaft: version,
    release,
    at: new Date(atMs).toISOString(),
    position,
    runs: Object.values(counts.runs).reduce((sum, count) => sum + count, 0),
    openEffects: counts.openEffects,
    bytes: (await stat(copy)).size,
    sha256: hash.digest('hex'),
  };
  return { bytes: () => bytesOf(manifest, copy), discard };
}

async function told(store: Store): Promise<readonly [position: number, counts: Awaited<ReturnType<Store['counts']>>]> {
  try {
    return [await store.lastPosition(), await store.counts()];
  } finally {
    await store.close();
  }
}

async function* bytesOf(manifest: Manifest, copy: string): AsyncGenerator<Uint8Array, undefined> {
  yield Buffer.from(`${JSON.stringify(manifest)}\n`);
  // Without an encoding it gives Buffers.
  for await (const chunk of createReadStream(copy)) yield chunk as Buffer;
  return undefined;
}
