// A hub process on the landscape that lies in a folder (`copyLandscape`), and how its admin speaks to it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { descendantsOf, runningCommand, saidBy, tellsFamily, type RunningCommand } from './running-command.ts';

/** Asks the hub as its admin; with a body it is a POST of an event, a batch of them, or other JSON. */
export type Ask = (path: string, body?: object, init?: RequestInit) => Promise<Response>;

export interface RunningHub extends AsyncDisposable {
  readonly url: string;
  readonly command: RunningCommand;
  readonly ask: Ask;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
}

export interface HubPlace {
  readonly folder: string;
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Its data directory, in the folder. */
  readonly data?: string;
  /** The folder of its landscape, in the folder. */
  readonly landscape?: string;
  /** What runs it: `hub`, or `start` with an edge beside it. */
  readonly by?: 'hub' | 'start';
  readonly more?: readonly string[];
}

export function hubCommand({ folder, env, data = 'state', landscape = 'landscape', by = 'hub', more = [] }: HubPlace): RunningCommand {
  const options = ['--landscape', landscape, '--env', join(landscape, 'environments', 'test.yaml'), '--data', data, '--port', '0', ...more];
  return runningCommand([by, ...options], { cwd: folder, env });
}

/** Resolves when the hub is up; rejects when it ends before. */
export async function runningHub(place: HubPlace): Promise<RunningHub> {
  await using opened = new AsyncDisposableStack();
  const command = opened.use(hubCommand(place));
  const url = await saidBy(command, 'the hub is up', () => addressOf(command));
  const ask = asAdmin(url, place);
  const running = opened.move();
  return {
    url,
    command,
    ask,
    async kill() {
      process.kill(hubPid(command), 'SIGKILL');
      await command.ended;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** As the hub tells it to programs, and `start` to people; undefined until then. */
export function addressOf(command: RunningCommand): string | undefined {
  return /"url":"(http[^"]+)"|^Hub +(http\S+)/m
    .exec(command.printed())
    ?.slice(1)
    .find((url) => url !== undefined);
}

/** The process that is the hub, not the commands that started it. */
export function hubPid({ pid }: RunningCommand): number {
  return (tellsFamily ? descendantsOf(pid).at(-1)?.pid : undefined) ?? pid;
}

export function asAdmin(url: string, { folder, data = 'state' }: Pick<HubPlace, 'folder' | 'data'>): Ask {
  // The hub's own file; a wrong key shows in every answer.
  const { admin } = JSON.parse(readFileSync(join(folder, data, 'hub', 'keys.json'), 'utf8')) as { readonly admin: string };
  return (path, body, init = {}) => {
    const headers = { authorization: `Bearer ${admin}`, 'content-type': typeOf(body), ...Object.fromEntries(new Headers(init.headers)) };
    return fetch(url + path, body ? { ...init, method: 'POST', headers, body: JSON.stringify(body) } : { ...init, headers });
  };
}

function typeOf(body: object | undefined): string {
  if (Array.isArray(body)) return 'application/cloudevents-batch+json';
  return 'specversion' in (body ?? {}) ? 'application/cloudevents+json' : 'application/json';
}
