import { mkdir, open, readdir, readFile, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault, messageOf } from '../kernel/errors.ts';
import type { TelemetryShelf } from '../engine/telemetry/recorder.ts';
import { readBlocks, type TelemetryBlock } from '../engine/telemetry/telemetry-block.ts';

const filesOfShelf = 16;
const namePattern = /^\d{9}\.tel$/;

/**
 * A folder of recorded telemetry that never grows beyond `bytesMax`: the oldest of some sixteen files makes room, also where the disk
 * itself is full. Each start of an edge begins a file, so that nothing is written after what a kill has cut.
 */
export async function openTelemetryShelf(dir: string, bytesMax: number): Promise<TelemetryShelf> {
  await mkdir(dir, { recursive: true });
  const fileMax = Math.max(1, Math.floor(bytesMax / filesOfShelf));
  const names = await fileNames(dir);
  const files = await Promise.all(names.map(async (name) => ({ name, bytes: (await stat(join(dir, name))).size })));
  let current: { readonly handle: FileHandle; bytes: number } | undefined;

  async function shedOldest(): Promise<boolean> {
    // The file that is being written is never the oldest but where it is the only one.
    const oldest = files.length > (current ? 1 : 0) ? files.shift() : undefined;
    if (!oldest) return false;
    await rm(join(dir, oldest.name), { force: true });
    return true;
  }

  async function makeRoom(bytes: number): Promise<void> {
    while (files.reduce((sum, file) => sum + file.bytes, bytes) > bytesMax && (await shedOldest()));
  }

  async function beginFile(): Promise<{ readonly handle: FileHandle; bytes: number }> {
    await current?.handle.close();
    const name = `${String(Number(files.at(-1)?.name.slice(0, 9) ?? 0) + 1).padStart(9, '0')}.tel`;
    current = { handle: await open(join(dir, name), 'w'), bytes: 0 };
    files.push({ name, bytes: 0 });
    return current;
  }

  return {
    beginsFile: () => current === undefined || current.bytes >= fileMax,
    async append(block) {
      const file = current && current.bytes < fileMax ? current : await beginFile();
      await makeRoom(block.length);
      try {
        await file.handle.writeFile(block);
      } catch (error) {
        // What else needs the disk needs it more; what was half written is where this file ends.
        await shedOldest();
        await file.handle.close();
        current = undefined;
        throw error;
      }
      file.bytes += block.length;
      const listed = files.at(-1);
      if (listed) listed.bytes = file.bytes;
    },
    async close() {
      await current?.handle.close();
      current = undefined;
    },
  };
}

/** The blocks of a recording, oldest first; one file at a time is in memory. Raises COMMAND_INVALID where there is none. */
export async function* recordedBlocks(dir: string): AsyncGenerator<TelemetryBlock> {
  const names = await fileNames(dir).catch((error: unknown) => {
    throw new Fault(
      'COMMAND_INVALID',
      `There is no recorded telemetry in ${dir} (${messageOf(error)}). An edge records where "telemetry" in its environment keeps some.`,
      { dir },
      error,
    );
  });
  for (const name of names) {
    // A file that was shed meanwhile is not there any more.
    const bytes = await readFile(join(dir, name)).catch(() => undefined);
    if (bytes) yield* readBlocks(bytes);
  }
}

async function fileNames(dir: string): Promise<string[]> {
  return (await readdir(dir)).filter((name) => namePattern.test(name)).sort();
}
