import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordingShelf } from '../../engine/recordings/recording-desk.ts';
import { fieldOf } from '../../engine/stories/recorded-json.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { replaceWhole } from '../whole-file.ts';

/**
 * Recordings that a hub fetched, a file of each, and beside one that is here a note of what it is. What an earlier process left whole is kept; what
 * has no note, or another size than that says, is removed. Whether its bytes are those that came is seen by its closing mark when it is played.
 */
export async function recordingFiles(dir: string): Promise<RecordingShelf> {
  const noteOf = (id: string): string => join(dir, `${id}.json`);
  const drop = async (id: string): Promise<void> => {
    await Promise.all([fetchedFile(dir, id), noteOf(id)].map(async (path) => rm(path, { force: true })));
  };
  return {
    kept: await whole(dir),
    async write(id, at, bytes) {
      try {
        await mkdir(dir, { recursive: true, mode: 0o700 });
        await using file = await open(fetchedFile(dir, id), at === 0 ? 'w' : 'r+', 0o600);
        for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
        await file.truncate(at + bytes.length);
      } catch (error) {
        throw new Fault('STORE_UNAVAILABLE', `A fetched recording cannot be written: ${messageOf(error)}`, { recording: id }, error);
      }
    },
    async note(id, note) {
      try {
        await replaceWhole(noteOf(id), JSON.stringify(note));
      } catch (error) {
        throw new Fault('STORE_UNAVAILABLE', `The note of a fetched recording cannot be written: ${messageOf(error)}`, { recording: id }, error);
      }
    },
    read: (id) => createReadStream(fetchedFile(dir, id)),
    drop,
  };
}

/** Where a fetched recording lies. Ids are the hub's own. */
export function fetchedFile(dir: string, id: string): string {
  return join(dir, `${id}.tel`);
}

/** The notes of those that are whole; everything else is removed. */
async function whole(dir: string): Promise<readonly unknown[]> {
  const names = await readdir(dir).catch((): readonly string[] => []);
  const notes = new Map(await Promise.all(names.flatMap((name) => (name.endsWith('.json') ? [noted(dir, name.slice(0, -'.json'.length))] : []))));
  const kept = [...notes].filter(([, note]) => note !== undefined);
  const files = new Set(kept.flatMap(([id]) => [`${id}.json`, `${id}.tel`]));
  await Promise.all(names.filter((name) => !files.has(name)).map(async (name) => rm(join(dir, name), { recursive: true, force: true })));
  return kept.map(([, note]) => note).sort((a, b) => Number(fieldOf(a, 'askedMs')) - Number(fieldOf(b, 'askedMs')));
}

async function noted(dir: string, id: string): Promise<readonly [id: string, note: unknown]> {
  try {
    const note: unknown = JSON.parse(await readFile(join(dir, `${id}.json`), 'utf8'));
    const { size } = await stat(fetchedFile(dir, id));
    return [id, fieldOf(note, 'id') === id && fieldOf(note, 'bytes') === size ? note : undefined];
  } catch {
    // No note that can be read, or no recording: nobody knows what is left of it.
    return [id, undefined];
  }
}
