// The hub and the edge of one play, with the link between them and a data directory of their own.
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { at } from '../../counterparts/verdict/testimony.ts';
import { Fault } from '../../kernel/errors.ts';
import { openKeyFile } from '../key-file.ts';
import { sourceFolder } from '../source-folder.ts';
import { supervisor, type Life, type Ready, type Supervisor } from '../supervisor.ts';
import { referencesOf, type CounterpartSet, type PackerServer } from './counterpart-set.ts';
import { followHub } from './hub-follower.ts';
import { openLink, type Link } from './link.ts';
import { openPlayStore, type PlayStore } from './play-store.ts';

export const actors = ['hub', 'edge'] as const;
export type ActorName = (typeof actors)[number];
/** Hubs that share a log. */
export type HubName = 'hub' | 'second-hub';
/** Every process of a stage. */
export type ProcessName = ActorName | 'second-hub';

export interface StageOptions {
  /** Keys, state and logs go there. */
  readonly dataDir: string;
  /** Folder of the landscape, and the name of its environment file. */
  readonly landscape: string;
  readonly environment: string;
  readonly counterparts: CounterpartSet;
  /** Port of the hub; 0 takes a free one. */
  readonly port: number;
  /** Where people reach the hub, if that is not where it listens. */
  readonly publicUrl?: string;
  /** Tells plays apart at the broker. */
  readonly play: string;
  /** Environment variables of every process. */
  readonly shared?: Readonly<Record<string, string>>;
  /** Environment variables of the first start of each process. */
  readonly variables?: Readonly<Partial<Record<ActorName, Readonly<Record<string, string>>>>>;
  /** Limits of the landscape that are others in this play. */
  readonly limits?: Readonly<Record<string, string>>;
  /** A PostgreSQL database for the hub's log, in a schema of the play's own. */
  readonly store?: string;
  /** The hub reaches that database over a wire that can be cut. */
  readonly storeCanBeCut?: boolean;
  /** A second hub shares the log on that database. */
  readonly hasSecondHub?: boolean;
  /** Programs that run a process at its first start, with their options. */
  readonly within?: Readonly<Partial<Record<ActorName, readonly string[]>>>;
  /** Start again what ends by itself; not wanted where a play kills. */
  readonly restart?: boolean;
  /** How long a process may take until it is ready; usual: as long as a person waits. */
  readonly readyWithinMs?: number;
  /** Told of each process that is ready, and of each that has ended. */
  readonly onLife?: (actor: ActorName, life: Life) => void;
  readonly say: (line: string) => void;
}

export interface Stage extends AsyncDisposable {
  /** Where people reach the hub. */
  readonly hubUrl: string;
  readonly signIn: string;
  readonly link: Link;
  /** Where the hub's log lies, if that is not its own disk. */
  readonly store: PlayStore | undefined;
  /** Keys, state and logs lie there: `hub/`, `edge-1/`, `logs/`. */
  readonly dataDir: string;
  /** Asks the hub as its admin; `body` is sent as JSON, events as CloudEvents JSON. Raises what the hub says instead. */
  ask(this: void, method: 'GET' | 'POST', path: string, body?: object): Promise<unknown>;
  /** Tells when the hub may have something new to be asked for, until it is disposed of. */
  follow(this: void, onNews: () => void): Disposable;
  /** From now on the edge and the webhooks of systems reach this hub. */
  leadTo(hub: HubName): Promise<void>;
  /** The id of a hub in the database that has its log. */
  idOf(hub: HubName): Promise<string>;
  /** Whether it was killed before it was ready, and was started again. */
  endedEarly(actor: ActorName): boolean;
  /** Resolves with the exit code or signal when the process has ended. */
  exited(process: ProcessName): Promise<number | string>;
  /** Ends a process as a crash would. */
  kill(process: ProcessName): void;
  signal(process: ProcessName, signal: NodeJS.Signals): void;
  /** Asks a process to end, and waits until it has. */
  stop(actor: ActorName): Promise<void>;
  pid(actor: ActorName): number | undefined;
  /** Starts a process that has ended once more, on the state that it left, without the variables of its first start; on another landscape if given. */
  revive(process: ProcessName, landscape?: string): Promise<void>;
}

const askTimeoutMs = 5_000;
/** What each is called as a process, and its folder of state. */
export const childName = { hub: 'hub', edge: 'edge-1', 'second-hub': 'second-hub' } as const;
/** Where the second hub keeps its keys and state, in the folder of the play. */
const secondDir = 'second';

/** Starts hub and edge in parallel and has the systems' webhooks come to the hub. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const { dataDir, counterparts, say, variables = {}, within = {}, restart = false, onLife, hasSecondHub = false } = options;
  const hubDir = join(dataDir, 'hub');
  await mkdir(hubDir, { recursive: true });
  // Made here already, so that the edge need not wait for the hub.
  const keyFile = join(hubDir, 'keys.json');
  await openKeyFile(keyFile);
  const key = String(at(JSON.parse(await readFile(keyFile, 'utf8')), 'admin'));

  await using opened = new AsyncDisposableStack();
  const { store: database, play, storeCanBeCut = false } = options;
  const store = database === undefined ? undefined : opened.use(await openPlayStore({ url: database, play, canBeCut: storeCanBeCut, isShared: hasSecondHub }));
  const files = await environmentFiles(options, store);
  if (counterparts.packer) await trustPacker(join(dataDir, childName.edge), counterparts.packer);
  const link = opened.use(await openLink());
  const { readyWithinMs, shared } = options;
  const logDir = join(dataDir, 'logs');
  const watched = { ...(readyWithinMs !== undefined && { readyWithinMs }), ...(onLife && { onLife: (name: string, life: Life) => tell(onLife, name, life) }) };
  const children = opened.adopt<Supervisor>(supervisor({ logDir, say, ...watched }), async (each) => each.close());
  const everywhere = { ...referencesOf(counterparts).variables, ...shared };
  const start = (actor: ActorName, own: readonly string[], first: boolean, landscape = options.landscape): Promise<Ready> =>
    children.start({
      name: childName[actor],
      command: actor,
      args: ['--landscape', landscape, '--data', dataDir, ...files, ...own],
      environment: { ...everywhere, ...(first && variables[actor]) },
      restart,
      ...(first && { within: within[actor] ?? [] }),
    });
  const endedEarly = new Set<ActorName>();
  /** Where it is to be killed, it may come to that place before it is ready: then it is started again at once. */
  const startSurely: typeof start = async (actor, own, first, landscape) => {
    try {
      return await start(actor, own, first, landscape);
    } catch (error) {
      if (!first || variables[actor]?.['LINESHAFT_KILL_AT'] === undefined || !(error instanceof Fault) || error.code !== 'PROCESS_ENDED') throw error;
      endedEarly.add(actor);
      return start(actor, own, false, landscape);
    }
  };
  const startHub = async (port: number, first: boolean, landscape?: string) => {
    const ready = await startSurely('hub', ['--port', String(port)], first, landscape);
    return { url: String(ready['url']), signIn: String(ready['signIn']) };
  };
  const startEdge = (first: boolean, landscape?: string) => startSurely('edge', ['--name', childName.edge, '--hub', link.url], first, landscape);

  const second = store?.second && { dir: join(dataDir, secondDir), file: join(dataDir, 'second.json'), store: store.second.settings };
  if (second) {
    await mkdir(join(second.dir, 'hub'), { recursive: true });
    // Whoever knows one hub is known to the other.
    await Promise.all([copyFile(keyFile, join(second.dir, 'hub', 'keys.json')), writeFile(second.file, JSON.stringify({ store: second.store }))]);
  }
  const startSecond = async (port: number): Promise<string> => {
    if (!second) throw new Fault('COMMAND_INVALID', 'There is one hub in this play.');
    const own = ['--data', second.dir, '--env', second.file, '--port', String(port)];
    const args = ['--landscape', options.landscape, ...files, ...own];
    return String((await children.start({ name: childName['second-hub'], command: 'hub', args, environment: everywhere, restart }))['url']);
  };
  const hubReady = startHub(options.port, true).then(async (ready) => {
    link.leadTo(ready.url);
    await counterparts.sendWebhooksTo(ready.url);
    return ready;
  });
  const [hub] = await Promise.all([hubReady, startEdge(true)]);
  const secondUrl = second && (await startSecond(0));

  const running = opened.move();
  return {
    hubUrl: options.publicUrl ?? hub.url,
    signIn: hub.signIn,
    link,
    store,
    dataDir,
    ask: (method, path, body) => askHub(new URL(path, hub.url), key, method, body),
    follow: (onNews) => followHub({ url: hub.url, key, onNews }),
    endedEarly: (actor) => endedEarly.has(actor),
    exited: (actor) => children.exited(childName[actor]),
    kill: (actor) => void children.kill(childName[actor]),
    signal: (actor, signal) => void children.signal(childName[actor], signal),
    stop: (actor) => children.stop(childName[actor], 'SIGTERM'),
    pid: (actor) => children.pid(childName[actor]),
    async leadTo(name) {
      const url = name === 'hub' ? hub.url : (secondUrl ?? hub.url);
      link.leadTo(url);
      await counterparts.sendWebhooksTo(url);
    },
    idOf: async (name) => (await readFile(join(name === 'hub' ? dataDir : join(dataDir, secondDir), 'hub', 'hub-id'), 'utf8')).trim(),
    async revive(name, landscape) {
      if (name === 'edge') await startEdge(false, landscape);
      else if (name === 'hub') await startHub(Number(new URL(hub.url).port), false, landscape);
      else await startSecond(Number(new URL(secondUrl ?? hub.url).port));
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function tell(onLife: NonNullable<StageOptions['onLife']>, child: string, life: Life): void {
  const actor = actors.find((name) => childName[name] === child);
  if (actor) onLife(actor, life);
}

async function askHub(url: URL, key: string, method: 'GET' | 'POST', body: object | undefined): Promise<unknown> {
  const type = Array.isArray(body) ? 'application/cloudevents-batch+json' : body !== undefined && 'specversion' in body ? 'application/cloudevents+json' : 'application/json';
  const headers = { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': type }) };
  const answer = await request(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }), signal: AbortSignal.timeout(askTimeoutMs) });
  const text = await answer.body.text();
  if (answer.statusCode >= 300)
    throw new Fault('SYSTEM_UNREACHABLE', `${method} ${url.pathname} at the hub: ${answer.statusCode} ${text.slice(0, 300)}`, { status: answer.statusCode });
  return text === '' ? undefined : JSON.parse(text);
}

/** Writes what only this play knows; gives the options that name it, after the landscape's own environment file. */
async function environmentFiles(
  { dataDir, landscape, environment, counterparts, play, limits = {}, publicUrl }: StageOptions,
  store: PlayStore | undefined,
): Promise<readonly string[]> {
  const own = join(dataDir, 'play.json');
  const secretsFile = join(dataDir, 'secrets.json');
  // A name of its own at the broker, which keeps for a name what came while its owner was away.
  const settings = {
    sources: { 'plant-mqtt': { clientId: `lineshaft-${play}` } },
    limits,
    ...(publicUrl !== undefined && { publicUrl }),
    ...(store && { store: store.settings }),
  };
  const secrets = { ...referencesOf(counterparts).secrets, ...store?.secrets };
  await Promise.all([writeFile(own, `${JSON.stringify(settings, undefined, 2)}\n`), writeFile(secretsFile, `${JSON.stringify(secrets, undefined, 2)}\n`, { mode: 0o600 })]);
  const each = [environment, ...(counterparts.packer ? [packerEnvironment] : [])].map((name) => join(landscape, 'environments', name));
  return [...[...each, own].flatMap((file) => ['--env', file]), '--secrets', secretsFile];
}

/** The environment file of a packer that has a server of its own, and how the landscape calls that. */
const packerEnvironment = 'packer.yaml';
const packerSource = 'packer-3-server';

/** As a person who has compared its thumbprint would do with `lineshaft edge trust`. */
async function trustPacker(edgeDir: string, { certificate }: PackerServer): Promise<void> {
  const trusted = join(sourceFolder(edgeDir, packerSource), 'certificates', 'trusted', 'certs');
  await mkdir(trusted, { recursive: true });
  await writeFile(join(trusted, 'packer-3.pem'), certificate);
}
