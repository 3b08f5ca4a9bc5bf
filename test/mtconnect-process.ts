// The tests' MTConnect agent as a process of its own.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface MtconnectProcess extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** See Command in mtconnect-agent.ts; resolves when it is done. */
  ask(command: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>;
}

const main = fileURLToPath(new URL('mtconnect-agent.ts', import.meta.url));

export async function startAgent(items: readonly object[], { buffer = 64, version = '2.3' } = {}): Promise<MtconnectProcess> {
  const child = spawn(process.execPath, [main, String(buffer), version, JSON.stringify(items)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<Readonly<Record<string, unknown>>> => {
    const { value, done } = await lines.next();
    const said: unknown = done ? undefined : JSON.parse(String(value));
    if (typeof said !== 'object' || said === null) throw new Error('the agent ended');
    return { ...said };
  };
  const port = Number((await next())['port']);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async ask(command) {
      child.stdin.write(`${JSON.stringify(command)}\n`);
      return next();
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      child.kill('SIGKILL');
      await exited;
    },
  };
}
