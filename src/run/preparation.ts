// Node's compiler for TypeScript takes 18 MB and more in each thread that uses it, and gives nothing back. So what hub and edge
// load is compiled by a process that ends; Node keeps the result beside its compiled code, where they find it.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, realpath, stat, writeFile } from 'node:fs/promises';
import { getCompileCacheDir } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
export const cliFile = fileURLToPath(new URL(`../cli${extension}`, import.meta.url));
/** Longer than any of it takes; who starts then compiles for itself. */
const compileMaxMs = 30_000;
const ignored = new Set(['node_modules', 'dist', 'console']);

/** What children need to find our compiled code. */
export function compiledCode(): Readonly<Record<string, string>> {
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}

const underWay = new Map<string, Promise<void>>();

/** Compiles what a hub or an edge of this landscape loads, unless that was done. Never raises: they can do it for themselves. */
export function prepare(landscape: string): Promise<void> {
  const preparing = underWay.get(landscape) ?? compileOnce(landscape).finally(() => underWay.delete(landscape));
  underWay.set(landscape, preparing);
  return preparing;
}

async function compileOnce(landscape: string): Promise<void> {
  if (await isPrepared(landscape)) return;
  const flags = [...process.execArgv, '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...flags, cliFile, 'prepare', '--landscape', landscape], {
    stdio: 'ignore',
    timeout: compileMaxMs,
    env: { ...process.env, ...compiledCode() },
  });
  await new Promise((resolve) => child.once('close', resolve).once('error', resolve));
}

/** Whether it is done, or of no use where Node keeps no compiled code. */
export async function isPrepared(landscape: string): Promise<boolean> {
  const mark = await markOf(landscape);
  return mark === undefined || existsSync(mark);
}

/** Remembers that it is done. */
export async function markPrepared(landscape: string): Promise<void> {
  const mark = await markOf(landscape);
  if (mark) await writeFile(mark, '');
}

/** A file that is there once these very files are compiled; undefined where Node keeps no compiled code. */
async function markOf(landscape: string): Promise<string | undefined> {
  const cache = getCompileCacheDir();
  if (cache === undefined) return undefined;
  // What this process runs itself is as it was when it was started.
  ownState ??= stateOf(dirname(cliFile));
  const states = [await stateOf(await realpath(landscape).catch(() => landscape)), await ownState];
  return join(cache, `lineshaft-${createHash('sha256').update(states.join(' ')).digest('hex').slice(0, 16)}`);
}

let ownState: Promise<string> | undefined;

/** Changes with any file of code in the folder. */
async function stateOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of await codeIn(folder)) {
    const { mtimeMs, size } = await stat(file);
    hash.update(`${file} ${mtimeMs} ${size}\0`);
  }
  return hash.digest('hex');
}

/** The files that our threads begin with. */
export async function threadFiles(): Promise<readonly string[]> {
  return (await codeIn(dirname(cliFile))).filter((file) => file.endsWith('-worker.ts'));
}

/** TypeScript is all that has to be compiled first. */
async function codeIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry): Promise<readonly string[]> => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return ignored.has(entry.name) || entry.name.startsWith('.') ? [] : codeIn(path);
      return /\.m?ts$/.test(entry.name) && !/\.test\.|-for-test\.|\.d\.ts$/.test(basename(path)) ? [path] : [];
    }),
  );
  return found.flat().sort();
}
