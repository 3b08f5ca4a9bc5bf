import { createHash } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../whole-file.ts';
import { Fault } from '../../kernel/errors.ts';
import { manifestOf, type Manifest } from './manifest.ts';

const newline = 10;
/** Bytes of a manifest's line. */
const manifestMax = 64 * 1024;

/** Where the database of a backup goes; with `whole` the manifest goes before it. */
export interface Target {
  readonly file: string;
  readonly whole: boolean;
}

/**
 * Writes what comes of a backup into a new file and holds it to its manifest; durable when it resolves, and not there at all otherwise.
 * Raises BACKUP_BROKEN.
 */
export async function receiveBackup(bytes: AsyncIterable<Uint8Array>, from: string, { file, whole }: Target): Promise<Manifest> {
  const part = `${file}.part`;
  const handle = await open(part, 'w', 0o600);
  try {
    const manifest = await received(bytes, from, handle, whole);
    await handle.sync();
    await handle.close();
    await rename(part, file);
    await syncFolder(dirname(file));
    return manifest;
  } catch (error) {
    await handle.close();
    await rm(part, { force: true });
    throw error;
  }
}

async function received(bytes: AsyncIterable<Uint8Array>, from: string, handle: FileHandle, whole: boolean): Promise<Manifest> {
  const hash = createHash('sha256');
  let head: Buffer | undefined = Buffer.alloc(0);
  let manifest: Manifest | undefined;
  let size = 0;
  const take = async (chunk: Uint8Array): Promise<void> => {
    hash.update(chunk);
    size += chunk.length;
    await writeAll(handle, chunk);
  };
  for await (const chunk of bytes) {
    if (!head) {
      await take(chunk);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf(newline);
    if (end < 0 && head.length <= manifestMax) continue;
    if (end < 0) break;
    manifest = manifestOf(head.toString('utf8', 0, end), from);
    if (whole) await writeAll(handle, head.subarray(0, end + 1));
    await take(head.subarray(end + 1));
    head = undefined;
  }
  if (!manifest) throw new Fault('BACKUP_BROKEN', `${from} is no backup of Lineshaft: it does not begin with a manifest.`, { from });
  if (size !== manifest.bytes) throw new Fault('BACKUP_BROKEN', `${from} is not whole: its manifest tells of ${manifest.bytes} bytes, ${size} are there.`, { from });
  if (hash.digest('hex') !== manifest.sha256) throw new Fault('BACKUP_BROKEN', `${from} was changed: its bytes are not those of its manifest.`, { from });
  return manifest;
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await handle.write(chunk, at)).bytesWritten;
}
