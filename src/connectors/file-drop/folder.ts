// The folder that files are dropped into: what is whole is moved to `taken` in one step, from there to `archive` or `rejected`.
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { FileDropOptions } from './options.ts';

export interface Waiting {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** When it was last written, epoch milliseconds. */
  readonly writtenMs: number;
}

const done = '.done';
/** Names under which programs write before they rename, and that nobody drops. */
const unfinished = /^[.~]|\.(?:tmp|temp|part|partial|filepart|crdownload|swp)$|~$/i;
/** Files that are looked at in one go; the others wait. */
const filesMax = 1_000;

export class DropFolder {
  readonly #root: string;
  readonly #options: Pick<FileDropOptions, 'ready' | 'settleMs'>;
  /** Size and time of writing as they were first seen, and when. */
  #seen = new Map<string, { readonly mark: string; readonly sinceMs: number }>();

  constructor(root: string, options: Pick<FileDropOptions, 'ready' | 'settleMs'>) {
    this.#root = root;
    this.#options = options;
  }

  async prepare(): Promise<void> {
    for (const name of ['taken', 'archive', 'rejected']) await mkdir(join(this.#root, name), { recursive: true });
    // Its mark was taken and the process died before the file was.
    for (const mark of (await this.#filesIn('taken')).filter((name) => name.endsWith(done))) {
      await this.#claim(mark.slice(0, -done.length));
      await rm(join(this.#root, 'taken', mark), { force: true });
    }
  }

  /** Takes what is whole, and gives all that is taken and not done with, oldest first. `names` are those that are here and stay. */
  async take(isWanted: (name: string) => boolean, steadyMs: number): Promise<{ readonly taken: readonly Waiting[]; readonly unwanted: readonly string[] }> {
    const here = (await this.#filesIn('.')).filter((name) => !unfinished.test(name));
    const marks = new Set(here.filter((name) => name.endsWith(done)));
    const files = here.filter((name) => !(this.#options.ready === 'marked' && marks.has(name)));
    const wanted = files.filter(isWanted).slice(0, filesMax);
    this.#seen = new Map([...this.#seen].filter(([name]) => wanted.includes(name)));
    for (const name of wanted) {
      if (!(await this.#isWhole(name, marks, steadyMs))) continue;
      if (this.#options.ready === 'marked') await move(join(this.#root, name + done), join(this.#root, 'taken', name + done));
      if (await this.#claim(name)) this.#seen.delete(name);
      if (this.#options.ready === 'marked') await rm(join(this.#root, 'taken', name + done), { force: true });
    }
    const names = (await this.#filesIn('taken')).filter((name) => !name.endsWith(done)).slice(0, filesMax);
    const taken = await Promise.all(names.map((name) => this.look(name)));
    return {
      taken: taken.filter((file) => file !== undefined).toSorted((a, b) => a.writtenMs - b.writtenMs || a.name.localeCompare(b.name)),
      unwanted: files.filter((name) => !isWanted(name)),
    };
  }

  /** A file that was taken, as it is now. */
  async look(name: string): Promise<Waiting | undefined> {
    const path = join(this.#root, 'taken', name);
    const found = await statOf(path);
    return found && { name, path, bytes: found.size, writtenMs: Math.floor(found.mtimeMs) };
  }

  async archive(file: Waiting, hash: string): Promise<void> {
    await this.#put(file, 'archive', hash);
  }

  /** With the reason beside it. */
  async reject(file: Waiting, hash: string, reason: string): Promise<void> {
    const name = await this.#put(file, 'rejected', hash);
    await writeFile(join(this.#root, 'rejected', `${name}.reason.txt`), `${reason}\n`);
  }

  /** What was wrong with some rows of a file that was taken all the same. */
  async listBad(file: Waiting, hash: string, lines: readonly string[]): Promise<void> {
    await writeFile(join(this.#root, 'rejected', `${unlike(file.name, hash)}.rows.csv`), `line,reason,row\n${lines.join('\n')}\n`);
  }

  async #isWhole(name: string, marks: ReadonlySet<string>, steadyMs: number): Promise<boolean> {
    switch (this.#options.ready) {
      case 'renamed':
        return true;
      case 'marked':
        return marks.has(name + done);
      case 'settled': {
        const found = await statOf(join(this.#root, name));
        if (!found) return false;
        const mark = `${found.size} ${found.mtimeMs}`;
        const seen = this.#seen.get(name);
        // By our own steady clock: that of a file server may be another.
        if (seen?.mark === mark) return steadyMs - seen.sinceMs >= this.#options.settleMs;
        this.#seen.set(name, { mark, sinceMs: steadyMs });
        return this.#options.settleMs === 0;
      }
    }
  }

  /** False where somebody has it open (Windows), or took it first. */
  async #claim(name: string): Promise<boolean> {
    const target = join(this.#root, 'taken', name);
    // One of this name is still being read: the next one waits.
    if (await statOf(target)) return false;
    return move(join(this.#root, name), target);
  }

  async #put(file: Waiting, folder: 'archive' | 'rejected', hash: string): Promise<string> {
    const isThere = (await statOf(join(this.#root, folder, file.name))) !== undefined;
    const name = isThere ? unlike(file.name, hash) : file.name;
    await rename(file.path, join(this.#root, folder, name));
    return name;
  }

  async #filesIn(folder: string): Promise<readonly string[]> {
    const entries = await readdir(join(this.#root, folder), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .toSorted();
  }
}

/** The name of another file of the same name. */
function unlike(name: string, hash: string): string {
  const ending = extname(name);
  return `${basename(name, ending)}~${hash.slice(0, 8)}${ending}`;
}

/** False where it is not there, or not to be had now. */
async function move(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'EBUSY', 'EPERM', 'EACCES'].includes(String(error.code))) return false;
    throw error;
  }
}

async function statOf(path: string): Promise<{ readonly size: number; readonly mtimeMs: number } | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
