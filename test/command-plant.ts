// A hub, an edge and a packer's controller as processes of their own: what was written is judged by the controller's own record.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CommandView } from '../src/api/machine-commands.ts';
import { freePort } from '../src/run/demo/port.ts';
import type { Case } from './kept-hub.ts';
import { copyLandscape, descendantsOf, runningCommand, saidBy, tellsFamily, type RunningCommand } from './running-command.ts';
import { addressOf, asAdmin } from './running-hub.ts';
import { until } from './until.ts';

/** What the hub answered to a request for a capability. */
export interface Called {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

type More = Readonly<Record<string, string>>;

export interface CommandPlant extends AsyncDisposable {
  readonly folder: string;
  readonly url: string;
  /** The controller behaves as usual, and what it took and who was asked before counts no more. */
  fresh(): Promise<void>;
  /** Has a hub run with this in its environment; one that runs so already goes on. */
  runHub(more?: More): Promise<void>;
  /** The same for an edge; `plant` is what it is given as --commands, nothing if that is empty. */
  runEdge(more?: More, plant?: string): Promise<void>;
  killEdge(): Promise<void>;
  /** Another edge of the same name, on a data directory of its own. */
  runRival(data: string): Promise<RunningCommand>;
  /** Resolves when the edge, or the hub, has ended by itself, as at a point that it was to be killed at. */
  gone(what: 'hub' | 'edge'): Promise<void>;
  /** How the controller behaves from now on. */
  conduct(how: object): Promise<void>;
  call(capability: string, input: object, key: string): Promise<Called>;
  /** Asks until the hub has an answer, as a caller does that was cut off. */
  settled(capability: string, input: object, key: string): Promise<Called>;
  /** What the controller took, by its own record: `function start data`. */
  writes(): readonly string[];
  /** The case that comes of the test. */
  parked(): Promise<Case>;
  settle(parked: Case, how: string): Promise<void>;
  /** Sends the hub an event. */
  tell(event: object): Promise<void>;
  /** What a command of ours printed, on standard output if it went well. */
  command(...args: readonly string[]): Promise<string>;
  /** What the hub lists of the commands to the machines of a source, newest first. */
  listed(source: string): Promise<readonly CommandView[]>;
  /** Entries of the hub's audit. */
  audited(): Promise<readonly { readonly actor: string; readonly action: string; readonly subject: string; readonly details: unknown }[]>;
}

const controller = fileURLToPath(new URL('modbus-packer.ts', import.meta.url));
export const plantFile = join('landscape', 'environments', 'plant.yaml');

export async function commandPlant(): Promise<CommandPlant> {
  await using opened = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-command-'));
  opened.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  copyLandscape(join(import.meta.dirname, 'scenarios', 'command-landscape'), folder);
  const file = join(folder, 'writes.ndjson');
  const machine = spawn(process.execPath, [controller, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const machineGone = once(machine, 'exit');
  opened.defer(async () => {
    machine.kill('SIGKILL');
    await machineGone;
  });
  const lines = createInterface(machine.stdout)[Symbol.asyncIterator]();
  const { value: first } = await lines.next();
  // The controller's own word.
  const { port: plcPort } = JSON.parse(String(first)) as { readonly port: number };
  const hubPort = await freePort();
  const env = { ...process.env, PLC_URL: `modbus+tcp://127.0.0.1:${plcPort}` };
  const common = ['--landscape', 'landscape', '--env', join('landscape', 'environments', 'test.yaml'), '--data', 'state'];
  let hub: Process | undefined;
  let edge: Process | undefined;
  let [taken, known]: [number, ReadonlySet<string>] = [0, new Set()];
  opened.defer(async () => {
    await edge?.command[Symbol.asyncDispose]();
    await hub?.command[Symbol.asyncDispose]();
  });
  const url = `http://127.0.0.1:${hubPort}`;

  async function kill(running: Process | undefined): Promise<void> {
    if (!running || running.isOver()) return;
    const { command } = running;
    process.kill((tellsFamily ? descendantsOf(command.pid).at(-1)?.pid : undefined) ?? command.pid, 'SIGKILL');
    await command.ended;
  }

  async function call(capability: string, input: object, key: string): Promise<Called> {
    const headers = { 'idempotency-key': key, prefer: 'wait=30' };
    const answer = await asAdmin(url, { folder })(`/api/capabilities/${capability}`, input, { headers });
    return { status: answer.status, body: (await answer.json()) as Called['body'] };
  }

  async function ask<Found>(path: string, body?: object): Promise<Found> {
    const answer = await asAdmin(url, { folder })(path, body);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    // Looked into by tests, which say what they expect.
    return (await answer.json()) as Found;
  }

  function record(): readonly string[] {
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8').trim().split('\n');
  }

  async function conduct(how: object): Promise<void> {
    machine.stdin.write(`${JSON.stringify(how)}\n`);
    await lines.next();
  }

  const running = opened.move();
  return {
    folder,
    url,
    tell: async (event) => void (await ask('/api/events', event)),
    command: async (...args) => {
      const { code, stdout, stderr } = await runningCommand([...args], { cwd: folder, env }).ended;
      return code === 0 ? stdout : stderr;
    },
    async fresh() {
      await conduct({});
      taken = record().length;
      known = new Set(hub && !hub.isOver() ? (await ask<readonly Case[]>('/api/exceptions')).map(({ id }) => id) : known);
    },
    async runHub(more = {}) {
      const kind = JSON.stringify(more);
      if (hub?.kind === kind && !hub.isOver()) return;
      await kill(hub);
      hub = begun(runningCommand(['hub', ...common, '--port', String(hubPort)], { cwd: folder, env: { ...env, ...more } }), kind);
      const { command } = hub;
      await saidBy(command, 'the hub is up', () => addressOf(command));
    },
    async runEdge(more = {}, plant = plantFile) {
      const kind = JSON.stringify([more, plant]);
      if (edge?.kind === kind && !edge.isOver()) return;
      await kill(edge);
      const args = ['edge', ...common, '--name', 'bremen', '--hub', url, ...(plant === '' ? [] : ['--commands', plant])];
      edge = begun(runningCommand(args, { cwd: folder, env: { ...env, ...more } }), kind);
      const { command } = edge;
      const sinceMs = Date.now();
      await saidBy(command, 'the edge is up', () => command.printed().includes('"ready":true'));
      await until('the edge reads the machine', async () => {
        const edges = await ask<readonly { readonly at: string; readonly status?: { readonly sources: readonly { readonly connected: boolean }[] } }[]>('/api/edges');
        return edges.some(({ at, status }) => Date.parse(at) > sinceMs && status?.sources[0]?.connected === true);
      });
    },
    killEdge: async () => kill(edge),
    async runRival(data) {
      // The hub's own file.
      const { edge: key } = JSON.parse(readFileSync(join(folder, 'state', 'hub', 'keys.json'), 'utf8')) as { readonly edge: string };
      const args = ['edge', ...common.slice(0, -1), data, '--name', 'bremen', '--hub', url, '--commands', plantFile];
      const rival = runningCommand(args, { cwd: folder, env: { ...env, LINESHAFT_EDGE_KEY: key } });
      await saidBy(rival, 'the other edge is up', () => rival.printed().includes('"ready":true'));
      return rival;
    },
    async gone(what) {
      await (what === 'hub' ? hub : edge)?.command.ended;
    },
    conduct,
    call,
    settled: async (capability, input, key) =>
      until(
        `an answer to ${capability} ${key}`,
        async () => {
          const called = await call(capability, input, key).catch(() => undefined);
          return called !== undefined && called.status !== 202 && called;
        },
        60_000,
      ),
    writes: () =>
      record()
        .slice(taken)
        .map((line) => {
          // The controller's own word.
          const { function: name, start, data } = JSON.parse(line) as { readonly function: number; readonly start: number; readonly data: string };
          return `${name} ${start} ${data}`;
        }),
    parked: async () => until('a case for its owner', async () => (await ask<readonly Case[]>('/api/exceptions')).find(({ id }) => !known.has(id)), 120_000),
    async settle({ id, version }, how) {
      await ask(`/api/exceptions/${id}/${how}`, { version, note: 'looked at it' });
    },
    listed: async (source) => ask(`/api/commands?source=${source}`),
    audited: async () => {
      const { entries } = await ask<{ readonly entries: readonly { readonly actor: string; readonly action: string; readonly subject: string; readonly details: string }[] }>(
        '/api/audit',
      );
      return entries.map((one) => ({ ...one, details: JSON.parse(one.details) as unknown }));
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

interface Process {
  readonly command: RunningCommand;
  /** What it was started with. */
  readonly kind: string;
  isOver(): boolean;
}

function begun(command: RunningCommand, kind: string): Process {
  let over = false;
  void command.ended.then(() => (over = true));
  return { command, kind, isOver: () => over };
}
