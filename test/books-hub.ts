// A hub process of `test/scenarios/books-landscape`, and the command line beside it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { booksServer, type BooksServer } from './books-server.ts';
import { copyLandscape, runningCommand, type Ended } from './running-command.ts';
import { runningHub, type RunningHub } from './running-hub.ts';

export interface BooksHub {
  readonly url: string;
  /** Sends an event; its time is fixed by the order, so that it can be sent again as it was. */
  send(type: 'begun' | 'ready', order: string): Promise<void>;
  // Looked into by tests, which say what they expect.
  // oxlint-disable-next-line typescript/no-explicit-any
  get(path: string): Promise<any>;
  post(path: string, body: object): Promise<Response>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Resolves when it has ended by itself. */
  ended(): Promise<void>;
}

export interface BooksStage extends AsyncDisposable {
  readonly folder: string;
  readonly books: BooksServer;
  /** Starts a hub on a data directory of the stage's folder; `extra` goes into its environment. */
  hub(data: string, more?: readonly string[], extra?: Readonly<Record<string, string>>): Promise<BooksHub>;
  /** Runs `lineshaft` with these arguments in the stage's folder. */
  lineshaft(...args: readonly string[]): Promise<Ended>;
}

export async function booksStage(): Promise<BooksStage> {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-books-'));
  copyLandscape(join(import.meta.dirname, 'scenarios', 'books-landscape'), folder);
  const books = await booksServer();
  const env = { ...process.env, BOOKS_URL: books.url };
  const running: RunningHub[] = [];

  async function hub(data: string, more: readonly string[] = [], extra: Readonly<Record<string, string>> = {}): Promise<BooksHub> {
    const started = await runningHub({ folder, env: { ...env, ...extra }, data, more });
    running.push(started);
    const { url, command, ask, kill } = started;
    return {
      url,
      async send(type, order) {
        const answer = await ask('/api/events', { specversion: '1.0', id: `${type} ${order}`, source: '/line', type: `order.${type}.v1`, time: eventTime, data: { order } });
        if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
      },
      get: async (path) => (await ask(path)).json(),
      post: ask,
      kill,
      async ended() {
        await command.ended;
      },
    };
  }

  return {
    folder,
    books,
    hub,
    lineshaft: (...args) => runningCommand(args, { cwd: folder, env }).ended,
    async [Symbol.asyncDispose]() {
      for (const each of running) await each[Symbol.asyncDispose]();
      await books[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** When all of it happened, by the senders' account: before any hub of the test was started. */
const eventTime = new Date().toISOString();
