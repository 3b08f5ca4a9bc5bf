// Which files were taken, over restarts: one line of JSON each, by the hash of name and content.
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface TakenFile {
  readonly hash: string;
  readonly name: string;
  readonly atMs: number;
  readonly rows: number;
  readonly bad: number;
}

export interface Ledger {
  has(hash: string): boolean;
  /** Resolves when it is on the disk. */
  add(taken: TakenFile): Promise<void>;
}

/** Older ones are forgotten: such a file would be taken again. */
const filesMax = 100_000;

export function hashOf(name: string, content: Uint8Array): string {
  return createHash('sha256').update(name).update('\0').update(content).digest('hex');
}

export async function openLedger(file: string): Promise<Ledger> {
  await mkdir(dirname(file), { recursive: true });
  let hashes = await hashesIn(file);
  let added = 0;
  return {
    has: (hash) => hashes.has(hash),
    async add(taken) {
      const handle = await open(file, 'a');
      try {
        await handle.write(`${JSON.stringify(taken)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      hashes.add(taken.hash);
      added++;
      if (added < filesMax) return;
      hashes = await hashesIn(file);
      added = 0;
    },
  };
}

async function hashesIn(file: string): Promise<Set<string>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Set();
    throw error;
  }
  const lines = text.split('\n').filter((line) => line !== '');
  const kept = lines.slice(-filesMax);
  // A line that a power cut left torn would swallow the next one.
  if (kept.length < lines.length || !text.endsWith('\n')) {
    const whole = kept.filter((line) => hashIn(line) !== undefined);
    await writeFile(`${file}.new`, whole.map((line) => `${line}\n`).join(''), { flush: true });
    await rename(`${file}.new`, file);
  }
  return new Set(kept.map(hashIn).filter((hash) => hash !== undefined));
}

function hashIn(line: string): string | undefined {
  return /^\{"hash":"([0-9a-f]{64})",.*\}$/.exec(line)?.[1];
}
