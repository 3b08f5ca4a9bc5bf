import { Fault } from '../kernel/errors.ts';
import type { Principal } from '../engine/policy/key-ring.ts';
import { roles } from '../engine/policy/role.ts';
import { fieldOf } from '../engine/stories/recorded-json.ts';
import { listDefault } from './quarantine.ts';
import { joinedReplays, type ReplayView } from './replays.ts';
import { header, ok, type Answer, type RawCall, type Route } from './route.ts';

/** Where the shards of a log are served. */
export interface ShardDoors {
  readonly shards: number;
  /** Those that this hub holds now, by number. */
  held(): readonly number[];
  /** How this hub is called in the database. */
  readonly hub: string;
  /** Letters in the fullest inbox of all shards. */
  waiting(): number;
  /** The routes over the engine of a shard that is here. */
  here(shard: number): readonly Route[] | undefined;
  /** Asks the hub that holds a shard, for a principal that this hub has let in. Raises STORE_UNAVAILABLE where none is reached. */
  ask(shard: number, request: ShardRequest): Promise<Answer>;
}

export interface ShardRequest {
  readonly method: Route['method'];
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly raw: Buffer;
}

/** Another hub of the same database: it says for whom it asks. Names of keys have no space. */
export const peer: Principal = { name: 'another hub', role: 'admin', system: undefined };

const shardHeader = 'x-lineshaft-shard';
const principalHeader = 'x-lineshaft-for';

/** `one`: the shard that knows what the path names; `all`: each of them, one after the other; `lists`: the same, their lists as one; `replays`: all at once, each its own keys. */
type Reach = 'one' | 'all' | 'lists' | 'replays';

const reaches: readonly (readonly [method: Route['method'], path: RegExp, reach: Reach])[] = [
  ['POST', /^\/api\/(exceptions|runs)\/:id\//, 'one'],
  ['GET', /^\/api\/quarantine$/, 'lists'],
  ['GET', /^\/api\/quarantine\/:message$/, 'one'],
  ['POST', /^\/api\/quarantine\/:message\/release$/, 'one'],
  ['POST', /^\/api\/quarantine\/:message\/discard$/, 'all'],
  ['POST', /^\/api\/(queues|modes)\/:system/, 'all'],
  ['POST', /^\/api\/replays$/, 'replays'],
];

/** Routes over all shards: what one shard's engine must do is done where that shard is held. */
export function overShards(routes: readonly Route[], doors: ShardDoors): readonly Route[] {
  return routes.map((route) => {
    const reach = reaches.find(([method, path]) => method === route.method && path.test(route.path))?.[2];
    return reach === undefined ? route : { ...route, serve: (call) => (call.principal === peer ? serveHere(route, doors, call) : reachOut(route, reach, doors, call)) };
  });
}

/** What another hub asks for one shard. */
async function serveHere(route: Route, doors: ShardDoors, call: RawCall): Promise<Answer> {
  const shard = Number(header(call, shardHeader));
  const principal = principalIn(header(call, principalHeader));
  const own = doors.here(shard);
  if (!principal || !own) throw new Fault('STORE_UNAVAILABLE', `Shard ${shard} is not held here now; try again.`, { shard });
  return sameIn(own, route).serve({ ...call, principal });
}

async function reachOut(route: Route, reach: Reach, doors: ShardDoors, call: RawCall): Promise<Answer> {
  if (reach === 'replays') return replayedByAll(route, doors, call);
  const answers: Answer[] = [];
  let missing: unknown;
  for (let shard = 1; shard <= doors.shards; shard += 1) {
    try {
      const answer = await ask(shard, route, doors, call);
      if (reach === 'one') return answer;
      answers.push(answer);
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'NOT_FOUND') throw error;
      missing = error;
    }
  }
  const [first] = answers;
  if (!first) throw missing;
  return reach === 'lists' ? ok(newestOf(answers.flatMap(listIn), call.query['limit'])) : first;
}

/** Each shard replays the keys that are its own. One that does not answer well is the answer: what others have done meanwhile is found done when it is asked for again. */
async function replayedByAll(route: Route, doors: ShardDoors, call: RawCall): Promise<Answer> {
  const answers = await Promise.all(Array.from({ length: doors.shards }, (_, index) => ask(index + 1, route, doors, call)));
  const failed = answers.find((answer) => 'status' in answer && answer.status !== 200);
  return failed ?? ok(joinedReplays(answers.map((answer) => bodyIn(answer) as ReplayView))); // served by the same route, here or at a hub of the same version
}

async function ask(shard: number, route: Route, doors: ShardDoors, call: RawCall): Promise<Answer> {
  const own = doors.here(shard);
  if (own) return sameIn(own, route).serve(call);
  const { name, role, system } = call.principal;
  const headers = {
    ...(header(call, 'content-type') !== undefined && { 'content-type': header(call, 'content-type') ?? '' }),
    [shardHeader]: String(shard),
    [principalHeader]: Buffer.from(JSON.stringify({ name, role, system })).toString('base64url'),
  };
  const answer = await doors.ask(shard, { method: route.method, path: pathOf(route, call), headers, raw: call.raw });
  if ('status' in answer && answer.status === 404) throw new Fault('NOT_FOUND', `Shard ${shard} does not have it.`);
  return answer;
}

function sameIn(routes: readonly Route[], { method, path }: Route): Route {
  const found = routes.find((route) => route.method === method && route.path === path);
  if (!found) throw new Fault('NOT_FOUND', `There is no ${method} ${path} in a shard.`);
  return found;
}

function pathOf({ path }: Route, { params, query }: RawCall): string {
  const filled = path.replaceAll(/:(\w+)/g, (_all, name: string) => encodeURIComponent(params[name] ?? ''));
  const asked = new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, String(value)])).toString();
  return asked === '' ? filled : `${filled}?${asked}`;
}

function listIn(answer: Answer): readonly unknown[] {
  const value = bodyIn(answer);
  return Array.isArray(value) ? value : [];
}

/** The newest of several lists that are the newest of a shard each: as many as were asked for, and what came in the same millisecond as the last of them. */
function newestOf(all: readonly unknown[], asked: unknown): readonly unknown[] {
  const sorted = all.toSorted((a, b) => atOf(b).localeCompare(atOf(a)));
  const last = sorted[Number(asked ?? listDefault) - 1];
  return last === undefined ? sorted : sorted.filter((each) => atOf(each) >= atOf(last));
}

function atOf(each: unknown): string {
  const at = fieldOf(each, 'at');
  return typeof at === 'string' ? at : '';
}

function bodyIn(answer: Answer): unknown {
  const body: unknown = 'body' in answer ? answer.body : undefined;
  return typeof body === 'string' ? JSON.parse(body) : body;
}

function principalIn(text: string | undefined): Principal | undefined {
  const given: unknown = text === undefined ? undefined : JSON.parse(Buffer.from(text, 'base64url').toString());
  if (typeof given !== 'object' || given === null || !('name' in given) || typeof given.name !== 'string' || !('role' in given)) return undefined;
  const role = roles.find((one) => one === given.role);
  const system = 'system' in given && typeof given.system === 'string' ? given.system : undefined;
  return role && { name: given.name, role, system };
}
