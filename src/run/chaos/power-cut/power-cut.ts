// Takes the power from a machine: what its process left in memory, the page cache included, is gone.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { disk, type Survivors } from './disk.ts';
import { recordedCalls } from './recorder.ts';

export interface PowerCut {
  /** Where the process kept its state; nothing outside is touched. */
  readonly folder: string;
  /** What its recorder wrote. */
  readonly record: string;
  readonly survivors: Survivors;
  readonly random: () => number;
}

/** Memory of all processes on a machine, which none of them has after a cut. */
const isMemory = (path: string): boolean => path.endsWith('-shm');

/**
 * Makes the folder of a process that was killed what its disk may hold if the power had gone at that moment. Raises an error where the
 * record does not give what lies in the folder: then it has missed something, and would prove nothing.
 */
export async function cutPower({ folder, record, survivors, random }: PowerCut): Promise<void> {
  const { done, unfinished } = await recordedCalls(record, folder);
  const known = disk();
  for (const call of done) known.apply(call);
  const returned = known.seen();
  for (const call of unfinished) known.apply(call);
  for (const [path, content] of known.seen()) {
    if (isMemory(path)) continue;
    const held = await readFile(path);
    if (!held.equals(content) && returned.get(path)?.equals(held) !== true) throw new Error(`the record of ${path} is not what the file holds`);
  }
  for (const [path, content] of known.afterCut(survivors, random)) {
    if (content === undefined || isMemory(path)) await rm(path, { force: true });
    else {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    }
  }
}
