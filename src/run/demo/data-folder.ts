// The folder that holds the demo's state: its own and nobody else's, and of one demo at a time.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { at } from '../../counterparts/verdict/testimony.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';

const markName = 'demo.json';
const stateNames = ['hub', 'edge-1', 'logs'] as const;

/**
 * Makes the folder ready for a new world. State of an earlier demo is put aside under `before/` (one demo back), or removed
 * with `fresh`. Raises COMMAND_INVALID where the state there is not a demo's, DATA_DIR_IN_USE and STORE_UNAVAILABLE.
 */
export async function claimDataFolder(dir: string, fresh: boolean): Promise<void> {
  const mark = join(dir, markName);
  if (!existsSync(mark) && existsSync(join(dir, 'hub'))) {
    throw new Fault('COMMAND_INVALID', `${dir} holds the state of a hub that is not the demo's. Name another folder with --data DIR.`, { dir });
  }
  const owner = await ownerOf(mark);
  if (owner !== undefined && owner !== process.pid && isAlive(owner)) throw new Fault('DATA_DIR_IN_USE', `A demo (process ${owner}) runs on ${dir}.`, { dir, pid: owner });
  try {
    await mkdir(dir, { recursive: true });
    await rm(join(dir, 'plays'), { recursive: true, force: true });
    await rm(join(dir, 'before'), { recursive: true, force: true });
    if (fresh) await Promise.all(stateNames.map((name) => rm(join(dir, name), { recursive: true, force: true })));
    else await putAside(dir);
    await writeFile(mark, `${JSON.stringify({ pid: process.pid })}\n`);
  } catch (error) {
    throw new Fault('STORE_UNAVAILABLE', `${dir} cannot be written: ${messageOf(error)}`, { dir }, error);
  }
}

async function putAside(dir: string): Promise<void> {
  const before = join(dir, 'before');
  for (const name of stateNames) {
    if (!existsSync(join(dir, name))) continue;
    await mkdir(before, { recursive: true });
    await rename(join(dir, name), join(before, name));
  }
}

async function ownerOf(mark: string): Promise<number | undefined> {
  const text = await readFile(mark, 'utf8').catch(() => '{}');
  try {
    const pid = at(JSON.parse(text), 'pid');
    return typeof pid === 'number' ? pid : undefined;
  } catch {
    // Half written by a demo that died: nobody's.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // No such process, or not ours: then it is no demo of this user.
    return false;
  }
}
