// Hubs of a small landscape on one PostgreSQL, as processes of their own, and the printers that they call.
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { copyLandscape, descendantsOf, type RunningCommand } from '../running-command.ts';
import { addressOf, asAdmin, hubCommand, hubPid } from '../running-hub.ts';
import { until } from '../until.ts';
import { labelPrinters, type LabelPrinters } from './label-printers.ts';
import { query } from './own-postgres.ts';

/** What was taken just before the hub knew waits for the database; its sender asks again. */
const askMs = 5_000;

export interface Hub {
  readonly command: RunningCommand;
  ask(path: string, body?: object, headers?: Readonly<Record<string, string>>, withinMs?: number): Promise<Response>;
  /** The process that is the hub, not the commands that started it. */
  pid(): number;
}

export interface LabelPlant {
  readonly printers: LabelPrinters;
  readonly schema: string;
  start(name: string, release?: string, variables?: Readonly<Record<string, string>>): RunningCommand;
  /** Starts a hub until it is up, as a supervisor does; on another release where one is named, and with more variables in its environment. */
  up(name: string, release?: string, variables?: Readonly<Record<string, string>>): Promise<Hub>;
  /** Makes another release: the landscape with another text for one in one of its files. */
  release(name: string, file: string, text: string, other: string): void;
  /** How far ahead of the machine's the clocks of its hubs are, milliseconds; a hub that is stopped sees it when it wakes up. */
  setClock(aheadMs: number): void;
}

/** A folder with the landscape, a schema of its own, and printers. */
export async function labelPlant(
  address: string,
  { isShared, landscape = 'label-landscape', shards = 1 }: { readonly isShared: boolean; readonly landscape?: string; readonly shards?: number },
): Promise<LabelPlant> {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-takeover-'));
  copyLandscape(join(import.meta.dirname, '..', 'scenarios', landscape), folder);
  const printers = await labelPrinters();
  const schema = `t${randomBytes(6).toString('hex')}`;
  const schemas = Array.from({ length: shards }, (_, index) => (index === 0 ? schema : `${schema}_${index + 1}`));
  const commands: RunningCommand[] = [];
  onTestFinished(async () => {
    for (const { pid } of commands) for (const each of [...descendantsOf(pid), { pid }]) if (isHere(each.pid)) process.kill(each.pid, 'SIGKILL');
    await Promise.all(commands.map(({ ended }) => ended));
    await printers[Symbol.asyncDispose]();
    // A server of the test's own is gone already.
    if (isShared) for (const name of schemas) await query(address, `DROP SCHEMA IF EXISTS ${name} CASCADE`);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const clockFile = join(folder, 'clock');
  const env = { ...process.env, LEDGER_URL: printers.url, STORE_URL: address, STORE_SCHEMA: schema, LINESHAFT_CLOCK_FILE: clockFile };
  const start = (name: string, release = 'landscape', variables: Readonly<Record<string, string>> = {}): RunningCommand => {
    const command = hubCommand({ folder, env: { ...env, ...variables }, data: name, landscape: release });
    commands.push(command);
    return command;
  };
  return {
    printers,
    schema,
    start,
    setClock: (aheadMs) => writeFileSync(clockFile, String(aheadMs)),
    release(name, file, text, other) {
      cpSync(join(folder, 'landscape'), join(folder, name), { recursive: true });
      const path = join(folder, name, file);
      const before = readFileSync(path, 'utf8');
      expect(before.split(text)).toHaveLength(2);
      writeFileSync(path, before.replace(text, other));
    },
    async up(name, release, variables) {
      // As a supervisor does: started again until the lease of the other one has run out.
      const { command, address } = await until(
        `the hub ${name} is up`,
        async () => {
          const command = start(name, release, variables);
          const address = until('its address', () => addressOf(command), 120_000);
          const found = await Promise.race([address, command.ended.then(({ stderr }) => (expect(stderr).toContain('is held by the hub'), undefined))]);
          return found !== undefined && { command, address: found };
        },
        60_000,
      );
      const ask = asAdmin(address, { folder, data: name });
      return {
        command,
        ask: (path, body, headers = {}, withinMs = askMs) => ask(path, body, { headers, signal: AbortSignal.timeout(withinMs) }),
        pid: () => hubPid(command),
      };
    },
  };
}

function isHere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
