// The plant counterpart as a process of its own, for tests of what listens to it.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface PlantProcess extends AsyncDisposable {
  readonly url: string;
  readonly mqtt: string;
  readonly sparkplug: boolean;
  /** Asks a control endpoint; raises on anything but success. */
  ask(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown>;
}

const main = fileURLToPath(new URL('../src/counterparts/plant/main.ts', import.meta.url));

export async function startPlant(...args: readonly string[]): Promise<PlantProcess> {
  const child = spawn(process.execPath, [main, '--port', '0', '--seed', '7', '--epoch', String(Date.now()), '--die-with-parent', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const { value } = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
  const { url, mqtt, sparkplug } = readyLine(String(value));
  return {
    url,
    mqtt,
    sparkplug,
    async ask(method, path, body) {
      const response = await fetch(url + path, { method, ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}) });
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
      return response.json();
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await exited;
    },
  };
}

function readyLine(line: string): { url: string; mqtt: string; sparkplug: boolean } {
  const ready: unknown = JSON.parse(line);
  if (typeof ready !== 'object' || ready === null || !('url' in ready && 'mqtt' in ready)) throw new Error(`the plant's ready line is ${line}`);
  return { url: String(ready.url), mqtt: String(ready.mqtt), sparkplug: 'sparkplug' in ready && ready.sparkplug === true };
}
