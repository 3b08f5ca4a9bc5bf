// The `lineshaft` command as a user starts it, and everything that it started.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '../scripts/package-binary.ts';
import { heapEnvironment, heapFlags } from '../src/run/heap-flags.ts';
import { until } from './until.ts';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand extends AsyncDisposable {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  printed(): string;
  /** Reads no more of what it prints, as `head` does when it has enough. */
  stopReading(): void;
}

export interface CommandOptions {
  readonly cwd: string;
  /** The whole environment; this process's own unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The command's file; the repository's own unless given, or where it is built what that hands over to. */
  readonly file?: string;
  readonly node?: string;
}

/** The command as users have it: it finds a Node, compiles first what stays up, and hands over. */
export const ownBinary = join(repository, 'bin', 'lineshaft.mjs');

export function runningCommand(args: readonly string[], { cwd, env = process.env, file, node = process.execPath }: CommandOptions): RunningCommand {
  const own = ownCommand(args[0]);
  const child = spawn(node, [...(file === undefined ? own.words : [file]), ...args], {
    cwd,
    env: { ...(file === undefined && own.env), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  // Not 'close': what it left behind may hold its output open.
  const gone = new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
  return {
    // A process that could not be started has none, and `ended` says why.
    pid: child.pid ?? 0,
    ended,
    printed: () => `${stdout}${stderr}`,
    stopReading: () => void child.stdout.destroy(),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await gone;
    },
  };
}

/** What comes before the words of a command, and its environment: what is built is run as the binary would run it, without what it does before. */
function ownCommand(command: string | undefined): { readonly words: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  const built = process.env['LINESHAFT_BUILT_COMMAND'];
  if (built === undefined) return { words: [ownBinary], env: {} };
  const staysUp = command === 'hub' || command === 'edge';
  return {
    words: ['--conditions=source', '--disable-warning=ExperimentalWarning', ...(staysUp ? heapFlags(command) : []), built],
    env: { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'), ...(staysUp && heapEnvironment) },
  };
}

/** Copies a landscape of this repository into a folder where `lineshaft` is what a user has: a package of that name. */
export function copyLandscape(from: string, folder: string): void {
  cpSync(from, join(folder, 'landscape'), { recursive: true });
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(repository, join(folder, 'node_modules', 'lineshaft'), 'junction');
}

/** Resolves with what `look` finds once the command has printed it; rejects when it ends before. */
export function saidBy<Found>(command: RunningCommand, what: string, look: () => Found | undefined | false): Promise<Found> {
  let code: number | null | undefined;
  void command.ended.then((ended) => {
    code = ended.code;
  });
  return until(
    what,
    () => {
      if (code !== undefined) throw new Error(`It ended with ${code}: ${command.printed()}`);
      return look();
    },
    120_000,
  );
}

/** Resolves with the hub's address when hub and edge are up. */
export function hubOf(command: RunningCommand): Promise<string> {
  return saidBy(command, 'hub and edge are up', () => command.printed().includes('Ctrl-C stops') && /Hub\s+(http\S+)/.exec(command.printed())?.[1]);
}

export interface Relative {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Whether this system tells who started whom. */
export const tellsFamily = process.platform !== 'win32';

/** Everything that a process started and that still runs, children of children included. */
export function descendantsOf(root: number): readonly Relative[] {
  const all = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line): Relative[] => {
      const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
    });
  const family = new Set([root]);
  for (let known = 0; known < family.size;) {
    known = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
  }
  return all.filter(({ pid }) => pid !== root && family.has(pid));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
