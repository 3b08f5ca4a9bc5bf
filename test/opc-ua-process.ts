// An OPC UA server (node-opcua) as a process of its own, for tests of what listens to it.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface OpcUaProcess extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** URI of its own namespace. */
  readonly namespace: string;
  ask(command: Readonly<Record<string, unknown>>): Promise<unknown>;
  kill(): Promise<void>;
}

const main = fileURLToPath(new URL('opc-ua-server.ts', import.meta.url));

export async function startOpcUa(...args: readonly string[]): Promise<OpcUaProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'lineshaft-opc-ua-'));
  const child = spawn(process.execPath, [main, '--pki', folder, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const nextLine = async (): Promise<Record<string, unknown>> => {
    let { value, done } = await lines.next();
    // The library prints there, too.
    while (!done && !String(value).startsWith('{"')) ({ value, done } = await lines.next());
    const said: unknown = done ? undefined : JSON.parse(String(value));
    if (typeof said !== 'object' || said === null) throw new Error(`the OPC UA server said ${String(value)}`);
    return { ...said };
  };
  const ready = await nextLine();
  let asking: Promise<unknown> = Promise.resolve();
  return {
    port: Number(ready['port']),
    url: `opc.tcp://127.0.0.1:${Number(ready['port'])}`,
    namespace: String(ready['namespace']),
    ask(command) {
      const answer = asking.then(async () => {
        child.stdin.write(`${JSON.stringify(command)}\n`);
        return (await nextLine())['answer'];
      });
      asking = answer.catch(() => undefined);
      return answer;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
