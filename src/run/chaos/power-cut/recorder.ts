// Records what a process does to its disk: every write, and every sync, with its bytes. The recorder is strace, a Linux program.
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

const program = 'strace';
/** Longer than anything that a store writes at once, bytes. */
const bytesMax = 16 * 1024 * 1024;
const calls = 'openat,pwrite64,pwritev,pwritev2,write,writev,ftruncate,fallocate,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat';
/** The recorder ends a little after the process that it records. */
const endWithinMs = 5_000;
const lookMs = 10;

let missing: string | undefined | false = false;

/** Why nothing can be recorded here; undefined where it can. */
export function whyNoRecorder(): string | undefined {
  if (missing === false) {
    const { status, error } = spawnSync(program, ['-qq', '-f', '--seccomp-bpf', '-e', 'trace=fsync', '-o', '/dev/null', process.execPath, '--version'], { stdio: 'ignore' });
    missing = error ? 'it needs the program strace (Linux)' : status === 0 ? undefined : 'strace may not trace processes here';
  }
  return missing;
}

/** The program that runs a process so that it is recorded in `file`; the process stays the child of whoever starts it. */
export function recordedIn(file: string): readonly string[] {
  return [program, '-D', '-f', '-q', '--seccomp-bpf', '-y', '-xx', '-s', String(bytesMax), '-e', `trace=${calls}`, '-o', file];
}

/** One thing that was done to a disk. */
export type DiskCall =
  | { readonly call: 'open'; readonly path: string; readonly fd: string; readonly creates: boolean; readonly empties: boolean; readonly appends: boolean }
  | { readonly call: 'write'; readonly path: string; readonly fd: string; readonly at: number | undefined; readonly bytes: Buffer }
  | { readonly call: 'truncate'; readonly path: string; readonly length: number }
  | { readonly call: 'sync'; readonly path: string }
  | { readonly call: 'rename'; readonly from: string; readonly to: string }
  | { readonly call: 'unlink'; readonly path: string };

export interface DiskRecord {
  /** What had returned when the process died, in that order. */
  readonly done: readonly DiskCall[];
  /** Writes that had not: they may have been done, or not. */
  readonly unfinished: readonly DiskCall[];
}

/** Everything that was done to files under `folder` by a process that has ended. Raises an error on a call that it cannot follow. */
export async function recordedCalls(file: string, folder: string): Promise<DiskRecord> {
  const unfinished = new Map<string, string>();
  const done: string[] = [];
  const cutShort: string[] = [];
  /** A call that death met has no result. */
  const ended = (text: string): void => void (/\) += \?/.test(text) ? cutShort : done).push(text);
  for (const line of (await wholeRecord(file)).split('\n')) {
    const [, thread = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const begun = /^(.*) <unfinished \.\.\.>$/.exec(text)?.[1];
    const rest = /^<\.\.\. \w+ resumed>(.*)$/.exec(text)?.[1];
    if (begun !== undefined) unfinished.set(thread, begun);
    else if (rest !== undefined) {
      ended(`${unfinished.get(thread) ?? ''}${rest}`);
      unfinished.delete(thread);
    } else ended(text);
  }
  cutShort.push(...[...unfinished.values()].map((text) => `${text}) = ?`));
  const callsOf = (texts: readonly string[]): readonly DiskCall[] => texts.flatMap((text) => callOf(text, folder) ?? []);
  return { done: callsOf(done), unfinished: callsOf(cutShort).filter(({ call }) => call === 'write') };
}

async function wholeRecord(file: string): Promise<string> {
  for (let waitedMs = 0; ; waitedMs += lookMs) {
    const text = await readFile(file, 'utf8');
    const main = /^\d+/.exec(text)?.[0] ?? '';
    if (new RegExp(`^${main} +\\+\\+\\+ (killed|exited)`, 'm').test(text)) return text;
    if (waitedMs > endWithinMs) throw new Error(`the record of a process that has ended has no end: ${file}`);
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

function callOf(text: string, folder: string): DiskCall | undefined {
  const [, name = '', args = '', result = ''] = /^(\w+)\((.*)\) += (\S+)/.exec(text) ?? [];
  if (name === '' || result.startsWith('-')) return undefined;
  const texts = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = '']) => bytesOf(hex));
  const of = /^(\d+)<([^>]*)>/.exec(args);
  const path = of ? decoded(of[2] ?? '') : '';
  const isOurs = (one: string): boolean => one.startsWith(folder);
  switch (name) {
    case 'openat': {
      const opened = /^(\d+)<([^>]*)>/.exec(result);
      const target = decoded(opened?.[2] ?? '');
      if (!opened || !isOurs(target)) return undefined;
      const has = (flag: string): boolean => args.includes(flag);
      return { call: 'open', path: target, fd: opened[1] ?? '', creates: has('O_CREAT'), empties: has('O_TRUNC'), appends: has('O_APPEND') };
    }
    case 'write':
    case 'pwrite64': {
      const bytes = texts[0];
      if (!isOurs(path) || !bytes) return undefined;
      const at = name === 'write' ? undefined : Number(/, (\d+)$/.exec(args)?.[1]);
      return { call: 'write', path, fd: of?.[1] ?? '', at, bytes };
    }
    case 'ftruncate':
      return isOurs(path) ? { call: 'truncate', path, length: Number(/, (\d+)$/.exec(args)?.[1]) } : undefined;
    case 'fsync':
    case 'fdatasync':
      return isOurs(path) ? { call: 'sync', path } : undefined;
    case 'rename':
    case 'renameat':
    case 'renameat2': {
      const [from = '', to = ''] = texts.map(String);
      return isOurs(to) ? { call: 'rename', from, to } : undefined;
    }
    case 'unlink':
    case 'unlinkat':
      return isOurs(String(texts[0])) ? { call: 'unlink', path: String(texts[0]) } : undefined;
    default:
      if (isOurs(path)) throw new Error(`the recorder cannot follow ${name} on ${path}`);
      return undefined;
  }
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex');
}

/** A path as the recorder shows it: in hex, or as it is. */
function decoded(text: string): string {
  return text.startsWith('\\x') ? bytesOf(text).toString() : text;
}
