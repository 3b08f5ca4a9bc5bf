// Node's compiler for TypeScript takes 18 MB and more in each thread that uses it, and gives nothing back. So what hub and edge
// load is compiled by a process that ends; Node keeps the result beside its compiled code, where they find it.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, realpath, writeFile } from 'node:fs/promises';
import { getCompileCacheDir } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtCommand, isBuilt, type CommandFile } from './built-processes.ts';
import { stateOf } from './code-state.ts';

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
export const cliFile = fileURLToPath(new URL(`../cli${extension}`, import.meta.url));
/** Longer than any of it takes; who starts then compiles for itself. */
const compileMaxMs = 30_000;

/** What children need to find our compiled code. */
export function compiledCode(): Readonly<Record<string, string>> {
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}

let own: Promise<CommandFile> | undefined;
let childs: Promise<CommandFile> | undefined;

/** What this process runs itself: as it was when it was started. */
function ownCommand(): Promise<CommandFile> {
  own ??= (async () => (isBuilt && (await builtCommand())) || { file: cliFile, state: await stateOf(dirname(cliFile)) })();
  return own;
}

/** What a command in a process of its own is run from. */
export function childCommand(): Promise<CommandFile> {
  childs ??= (async () => (await builtCommand()) ?? ownCommand())();
  return childs;
}

const underWay = new Map<string, Promise<void>>();

/** Compiles what a hub or an edge of this landscape loads, unless that was done. Never raises: they can do it for themselves. */
export function prepare(landscape: string): Promise<void> {
  const preparing = underWay.get(landscape) ?? compileOnce(landscape).finally(() => underWay.delete(landscape));
  underWay.set(landscape, preparing);
  return preparing;
}

async function compileOnce(landscape: string): Promise<void> {
  const command = await childCommand();
  if (await isPrepared(landscape, command)) return;
  const flags = [...process.execArgv, '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...flags, command.file, 'prepare', '--landscape', landscape], {
    stdio: 'ignore',
    timeout: compileMaxMs,
    env: { ...process.env, ...compiledCode() },
  });
  await new Promise((resolve) => child.once('close', resolve).once('error', resolve));
}

/** Whether it is done for a command, usual this process's own, or of no use where Node keeps no compiled code. */
export async function isPrepared(landscape: string, command?: CommandFile): Promise<boolean> {
  const mark = await markOf(landscape, command ?? (await ownCommand()));
  return mark === undefined || existsSync(mark);
}

/** Remembers that it is done. */
export async function markPrepared(landscape: string): Promise<void> {
  const mark = await markOf(landscape, await ownCommand());
  if (mark) await writeFile(mark, '');
}

/** A file that is there once these very files are compiled; undefined where Node keeps no compiled code. */
async function markOf(landscape: string, { state }: CommandFile): Promise<string | undefined> {
  const cache = getCompileCacheDir();
  if (cache === undefined) return undefined;
  const states = [await stateOf(await realpath(landscape).catch(() => landscape)), state];
  return join(cache, `lineshaft-${createHash('sha256').update(states.join(' ')).digest('hex').slice(0, 16)}`);
}

/** The files that our threads begin with. */
export async function threadFiles(): Promise<readonly string[]> {
  const own = dirname(cliFile);
  return (await readdir(own, { recursive: true })).filter((name) => name.endsWith(`-worker${extension}`)).map((name) => join(own, name));
}
