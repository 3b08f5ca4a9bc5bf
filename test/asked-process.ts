// A device of the tests' own as a process: it prints its port, then answers each command, one JSON a line.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface AskedProcess extends AsyncDisposable {
  readonly port: number;
  /** Resolves when the command is done. */
  ask(command: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>;
}

export async function askedProcess(main: URL, ...args: readonly string[]): Promise<AskedProcess> {
  const child = spawn(process.execPath, [fileURLToPath(main), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<Readonly<Record<string, unknown>>> => {
    const { value, done } = await lines.next();
    const said: unknown = done ? undefined : JSON.parse(String(value));
    if (typeof said !== 'object' || said === null) throw new Error(`${main.pathname} ended`);
    return { ...said };
  };
  const port = Number((await next())['port']);
  return {
    port,
    async ask(command) {
      child.stdin.write(`${JSON.stringify(command)}\n`);
      return next();
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
