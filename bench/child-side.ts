// One run of one side as a process of its own: what it is told, what it answers, and that it never stays behind.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stateFolder } from './cache.ts';
import type { Answer, Effort } from './question.ts';

/** What a side's process is told. */
export interface Task extends Effort {
  readonly inFlight: number;
  /** An empty folder for its state, on the same disk for every side; removed afterwards. */
  readonly folder: string;
}

const runMaxMs = 180_000;

/** Runs `file` of this folder with a task, and with `flags` of Node's own; raises with what it said where it does not answer within `maxMs`. */
export async function runSide(file: string, effort: Effort, inFlight = 1, flags: readonly string[] = [], maxMs = runMaxMs): Promise<Answer> {
  const folder = await mkdtemp(join(await stateFolder(), 'run-'));
  try {
    const task: Task = { ...effort, inFlight, folder };
    return await answerOf(fileURLToPath(new URL(file, import.meta.url)), JSON.stringify(task), flags, maxMs);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function answerOf(path: string, task: string, flags: readonly string[], maxMs: number): Promise<Answer> {
  const child = spawn(process.execPath, [...flags, '--conditions=source', '--disable-warning=ExperimentalWarning', path, task], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  let failed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-10_000);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    failed = (failed + text).slice(-4_000);
  });
  // Its standard input ends with this process; `side` takes that as the sign to stop.
  child.stdin.on('error', () => undefined);
  const tooLong = setTimeout(() => child.stdin.end(), maxMs);
  const code = await new Promise<number | string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve(exitCode ?? signal ?? 'no code'));
  });
  clearTimeout(tooLong);
  if (code !== 0) throw new Error(`${path} ended with ${code}: ${failed.trim() || said.trim()}`);
  // `side` below wrote it as its last line.
  return JSON.parse(said.trim().split('\n').at(-1) ?? '') as Answer;
}

/** The whole of a side's process: does the task on a stack that is emptied at every end, and answers on standard output. */
export async function side(work: (task: Task, opened: AsyncDisposableStack) => Promise<Answer>): Promise<void> {
  const opened = new AsyncDisposableStack();
  const stop = (code: number): void => {
    opened.disposeAsync().then(
      () => process.exit(code),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.stdin.once('end', () => stop(1)).resume();
  try {
    // Written by `runSide`.
    const answer = await work(JSON.parse(process.argv[2] ?? '') as Task, opened);
    process.stdout.write(`${JSON.stringify(answer)}\n`);
    stop(0);
  } catch (error) {
    console.error(error);
    stop(1);
  }
}
