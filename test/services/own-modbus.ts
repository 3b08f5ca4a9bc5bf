// A Modbus TCP device (pymodbus) of the test's own.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface OwnModbus extends AsyncDisposable {
  readonly port: number;
  /** Writes registers or bits, as a controller does; by the function that reads the table. */
  set(table: 1 | 2 | 3 | 4, start: number, values: readonly (number | boolean)[]): Promise<void>;
  /** What it holds, as a controller sees it. */
  get(table: 1 | 2 | 3 | 4, start: number, count: number): Promise<unknown>;
}

/** Debian's own, whatever else is on the PATH. */
const python = '/usr/bin/python3';
const device = fileURLToPath(new URL('modbus-device.py', import.meta.url));

export function hasPymodbus(): boolean {
  return spawnSync(python, ['-c', 'import pymodbus.server']).status === 0;
}

/** On a free port, unless one is given. */
export async function ownModbus(port = 0): Promise<OwnModbus> {
  const child = spawn(python, [device, String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<Readonly<Record<string, unknown>>> => {
    const { value } = await lines.next();
    const said: unknown = JSON.parse(String(value));
    return typeof said === 'object' && said !== null ? { ...said } : {};
  };
  const ready = await next();
  return {
    port: Number(ready['port']),
    async set(table, start, values) {
      child.stdin.write(`${JSON.stringify({ table, start, values })}\n`);
      await next();
    },
    async get(table, start, count) {
      child.stdin.write(`${JSON.stringify({ table, start, count })}\n`);
      return (await next())['values'];
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
