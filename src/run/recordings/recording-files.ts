import { createReadStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordingShelf } from '../../engine/recordings/recording-desk.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';

/** Recordings that a hub fetched, a file of each. What an earlier process left is removed: nobody knows what it is of. */
export async function recordingFiles(dir: string): Promise<RecordingShelf> {
  await rm(dir, { recursive: true, force: true });
  // Ids are the hub's own.
  const fileOf = (id: string): string => join(dir, `${id}.tel`);
  return {
    async write(id, at, bytes) {
      try {
        await mkdir(dir, { recursive: true, mode: 0o700 });
        await using file = await open(fileOf(id), at === 0 ? 'w' : 'r+', 0o600);
        for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
        await file.truncate(at + bytes.length);
      } catch (error) {
        throw new Fault('STORE_UNAVAILABLE', `A fetched recording cannot be written: ${messageOf(error)}`, { recording: id }, error);
      }
    },
    read: (id) => createReadStream(fileOf(id)),
    drop: async (id) => rm(fileOf(id), { force: true }),
  };
}
