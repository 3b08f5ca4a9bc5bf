// The link between an edge and its hub is cut while machines go on: both as processes, told apart by what the hub's file holds in the end.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { copyLandscape, runningCommand, saidBy } from './running-command.ts';
import { runningHub } from './running-hub.ts';
import { tcpGate } from './services/tcp-gate.ts';
import { until } from './until.ts';

export interface LinkVerdict {
  readonly said: number;
  /** Said and not in the hub's log, and there more than once. */
  readonly lost: number;
  readonly duplicated: number;
  /** Events of one cell that are in the log before an earlier one of it. */
  readonly outOfOrder: number;
  /** Events that waited at the edge when the link came back. */
  readonly backlog: number;
  /** Events that the hub took between the fresh one and the moment in which that was said; and how long that was. */
  readonly takenBeforeFresh: number;
  readonly freshMs: number;
  /** Events a second that the hub took of the backlog. */
  readonly drainPerSecond: number;
  /** How long the link was cut. */
  readonly cutMs: number;
}

export interface LinkPlay {
  /** Events in all: a tenth before the cut, the rest while it lasts. */
  readonly events: number;
  readonly patienceMs: number;
  /** The pace at which machines speak while the link is cut; without it, as fast as the edge judges. */
  readonly eventsPerMinute?: number;
}

const cells = 40;
/** A cell that says nothing until the link is back. */
const quiet = 'cell-0';
const perLine = 500;

export async function playLinkCut({ events, patienceMs, eventsPerMinute }: LinkPlay): Promise<LinkVerdict> {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-link-'));
  await using opened = new AsyncDisposableStack();
  opened.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  copyLandscape(join(import.meta.dirname, 'scenarios', 'cells-landscape'), folder);
  const stage = opened.use(await openStage());
  writeFileSync(join(folder, 'landscape', 'environments', 'test.yaml'), JSON.stringify({ sources: { machines: { port: stage.port } }, telemetry: { megabytesMax: 1 } }));
  const hub = opened.use(await runningHub({ folder, env: process.env }));
  const gate = opened.use(await tcpGate('127.0.0.1', Number(new URL(hub.url).port)));
  const options = ['--landscape', 'landscape', '--env', join('landscape', 'environments', 'test.yaml'), '--data', 'state', '--hub', `http://127.0.0.1:${gate.port}`];
  const edge = opened.use(runningCommand(['edge', ...options], { cwd: folder }));
  await saidBy(edge, 'the edge is ready', () => edge.printed().includes('"ready":true'));
  const taken = async (): Promise<number> => Number(/^lineshaft_events (\d+)$/m.exec(await (await hub.ask('/metrics')).text())?.[1]);

  const before = Math.floor(events / 10);
  await stage.say(before);
  await until('what is said while the link is whole is heard', async () => (await taken()) >= before, patienceMs);
  // What the hub commits now it cannot answer for: all of that comes again.
  gate.mute();
  await stage.say(perLine);
  await until('the hub takes what it cannot answer for', async () => (await taken()) > before, patienceMs);
  gate.shut();
  gate.cut();
  const cutAtMs = performance.now();
  await stage.say(events - before - perLine, eventsPerMinute);
  const backlogFrom = await taken();
  gate.open();
  const openedMs = performance.now();
  await until('the hub takes events again', async () => (await taken()) > backlogFrom, patienceMs);
  const saidAt = await taken();
  const saidMs = performance.now();
  await stage.fresh();
  const isFreshThere = async (): Promise<boolean> => {
    const found: unknown = await (await hub.ask(`/api/events?key=${quiet}`)).json();
    return Array.isArray(found) && found.length > 0;
  };
  await until('the fresh event is there', isFreshThere, patienceMs);
  const freshMs = performance.now() - saidMs;
  await until('the hub has everything', async () => (await taken()) >= events + 1, patienceMs);
  const drainMs = performance.now() - openedMs;
  await edge[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
  await hub.command.ended;
  const log = logOf(join(folder, 'state', 'hub', 'hub.db'));
  const backlog = events - backlogFrom;
  const pace = { freshMs, drainPerSecond: (backlog * 1_000) / drainMs, cutMs: openedMs - cutAtMs };
  return { ...judge(log, events + 1), backlog, takenBeforeFresh: placeOfFresh(log) - saidAt, ...pace };
}

interface Logged {
  readonly cell: string;
  readonly turn: number;
}

function logOf(file: string): readonly Logged[] {
  using database = new DatabaseSync(file, { readOnly: true });
  // Written by the rules of the landscape above.
  return database
    .prepare('SELECT data FROM event ORDER BY position')
    .all()
    .map(({ data }) => JSON.parse(String(data)) as Logged);
}

function placeOfFresh(log: readonly Logged[]): number {
  return log.findIndex(({ cell }) => cell === quiet);
}

function judge(log: readonly Logged[], said: number) {
  const heard = new Set<string>();
  const latest = new Map<string, number>();
  let outOfOrder = 0;
  for (const { cell, turn } of log) {
    heard.add(`${cell} ${turn}`);
    if (turn < (latest.get(cell) ?? 0)) outOfOrder += 1;
    latest.set(cell, turn);
  }
  return { said, lost: said - heard.size, duplicated: log.length - heard.size, outOfOrder };
}

interface Stage extends AsyncDisposable {
  readonly port: number;
  /** Makes so many events, in turn at all cells but the quiet one, at that pace or at once; resolves when all were judged. */
  say(events: number, eventsPerMinute?: number): Promise<void>;
  /** One event at the quiet cell. */
  fresh(): Promise<void>;
}

/** What plays the machines of `test/scenarios/cells-landscape`. */
export async function openStage(): Promise<Stage> {
  const server = createServer();
  const come = new Promise<Socket>((resolve) => server.once('connection', resolve));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  let answered = 0;
  let heard: (() => void) | undefined;
  let lines = 0;
  let turn = 0;
  void come.then((socket) => {
    socket.on('error', () => undefined); // the edge has ended
    createInterface({ input: socket }).on('line', () => {
      answered += 1;
      heard?.();
    });
  });

  async function line(readings: readonly (readonly [string, readonly number[]])[]): Promise<void> {
    (await come).write(`${JSON.stringify(readings)}\n`);
    lines += 1;
    while (answered < lines) await new Promise<void>((resolve) => (heard = resolve));
  }

  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async say(events, eventsPerMinute) {
      const startMs = performance.now();
      for (let left = events; left > 0; left -= perLine) {
        const dueMs = eventsPerMinute === undefined ? 0 : startMs + ((events - left) / eventsPerMinute) * 60_000;
        if (dueMs > performance.now()) await setTimeout(dueMs - performance.now());
        const readings = Array.from({ length: Math.min(left, perLine) }, (): readonly [string, readonly number[]] => {
          turn += 1;
          return [`cell-${1 + (turn % (cells - 1))}`, [turn, -1]];
        });
        await line(readings);
      }
    },
    fresh: () => line([[quiet, [1, -1]]]),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      void come.then((socket) => socket.destroy());
      await closed;
    },
  };
}
