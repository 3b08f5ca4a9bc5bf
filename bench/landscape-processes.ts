// The real processes that a landscape needs: hub, edge and counterparts, as a user would start them.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What a process said when it was ready. */
export interface Started {
  readonly pid: number;
  readonly said: Readonly<Record<string, unknown>>;
}

const readyMaxMs = 60_000;

export function fileOf(pathFromRoot: string): string {
  return fileURLToPath(new URL(`../${pathFromRoot}`, import.meta.url));
}

/** Starts a file of the repository and waits for its ready line; it ends with `opened`, or with this process. */
export async function startProcess(opened: AsyncDisposableStack, file: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Started> {
  const child = spawn(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', fileOf(file), ...args, '--die-with-parent'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  child.stdin.on('error', () => undefined);
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4_000);
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  opened.defer(async () => {
    child.stdin.end();
    const hard = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(hard);
  });
  return new Promise((resolve, reject) => {
    const tooLong = setTimeout(() => reject(new Error(`${file} ${args[0]} was not ready in time: ${log}`)), readyMaxMs);
    void ended.then(() => reject(new Error(`${file} ${args[0]} ended: ${log}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{') || child.pid === undefined) return;
      clearTimeout(tooLong);
      // Ready lines are JSON objects.
      resolve({ pid: child.pid, said: JSON.parse(line) as Started['said'] });
    });
  });
}
