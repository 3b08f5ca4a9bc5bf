// A hub process of `test/scenarios/books-landscape`, and the command line beside it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { booksServer, type BooksServer } from './books-server.ts';
import { copyLandscape, descendantsOf, runningCommand, type Ended, type RunningCommand } from './running-command.ts';
import { until } from './until.ts';

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
  const running: RunningCommand[] = [];

  async function hub(data: string, more: readonly string[] = [], extra: Readonly<Record<string, string>> = {}): Promise<BooksHub> {
    const options = ['--landscape', 'landscape', '--env', join('landscape', 'environments', 'test.yaml'), '--data', data, '--port', '0', ...more];
    const command = runningCommand(['hub', ...options], { cwd: folder, env: { ...env, ...extra } });
    running.push(command);
    let code: number | null | undefined;
    void command.ended.then((ended) => {
      code = ended.code;
    });
    const url = await until(
      'the hub is ready',
      () => {
        if (code !== undefined) throw new Error(`It ended with ${code}: ${command.printed()}`);
        return /"url":"(http[^"]+)"/.exec(command.printed())?.[1];
      },
      60_000,
    );
    // The hub's own file; a wrong key shows in every answer.
    const { admin } = JSON.parse(readFileSync(join(folder, data, 'hub', 'keys.json'), 'utf8')) as { readonly admin: string };
    const authorization = `Bearer ${admin}`;
    const post = (path: string, body: object): Promise<Response> =>
      fetch(url + path, {
        method: 'POST',
        headers: { authorization, 'content-type': 'specversion' in body ? 'application/cloudevents+json' : 'application/json' },
        body: JSON.stringify(body),
      });
    return {
      url,
      async send(type, order) {
        const answer = await post('/api/events', { specversion: '1.0', id: `${type} ${order}`, source: '/line', type: `order.${type}.v1`, time: eventTime, data: { order } });
        if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
      },
      get: async (path) => (await fetch(url + path, { headers: { authorization } })).json(),
      post,
      async kill() {
        process.kill(descendantsOf(command.pid).at(-1)?.pid ?? command.pid, 'SIGKILL');
        await command.ended;
      },
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
      for (const command of running) await command[Symbol.asyncDispose]();
      await books[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** When all of it happened, by the senders' account: before any hub of the test was started. */
const eventTime = new Date().toISOString();
