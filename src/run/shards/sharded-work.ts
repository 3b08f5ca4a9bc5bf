import { join } from 'node:path';
import { peer, type ShardDoors, type ShardRequest } from '../../api/over-shards.ts';
import type { Answer } from '../../api/route.ts';
import { keyHash, type KeyRing } from '../../engine/policy/key-ring.ts';
import { shardDoor } from '../../engine/shards/door.ts';
import { jointEngine } from '../../engine/shards/joint-engine.ts';
import { requestCounter } from '../../engine/shards/request-counter.ts';
import { noWatch } from '../../engine/watch/watch.ts';
import { oversight } from '../../engine/watch/oversight.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { jointStore } from '../../store/joint-store.ts';
import type { Letter } from '../../store/shard.ts';
import { lockDatabase } from '../../store/sqlite/database.ts';
import { leaseMsOf, shardsOf } from '../environment.ts';
import type { HubWork, WorkParts } from '../hub-engine.ts';
import { hubId, storeAddress } from '../hub-store.ts';
import { freshSecret } from '../key-file.ts';
import { realClock } from '../real-clock.ts';
import { shardSet } from './shard-set.ts';

const schemaDefault = 'lineshaft';
/** How long another hub may take for what it is asked: longer than a replay. */
const askMs = 30_000;

/** The work of a hub that shares a log of several shards with others. Raises ENVIRONMENT_INVALID where the log is not on PostgreSQL. */
export async function shardedWork(parts: WorkParts): Promise<HubWork> {
  const { options, environment, landscape } = parts;
  const url = storeAddress(environment, options.store);
  if (url === undefined) throw new Fault('ENVIRONMENT_INVALID', 'store.shards is for a log on PostgreSQL: on SQLite there is one hub, and one shard.');
  await using opened = new AsyncDisposableStack();
  const lock = lockDatabase(join(options.dataDir, 'hub.db'));
  opened.defer(() => lock.close());
  const id = await hubId(join(options.dataDir, 'hub-id'));
  const [{ openShardRoll }, { openShardReader }] = await Promise.all([import('../../store/postgres/shard-roll.ts'), import('../../store/postgres/shard-reader.ts')]);
  const schema = environment.store?.schema ?? schemaDefault;
  const roll = await openShardRoll({ url, schema, shards: shardsOf(environment), hub: id, leaseMs: leaseMsOf(environment), freshKey: freshSecret() });
  opened.defer(() => roll.close());
  const readers = Array.from({ length: roll.shards }, (_, index) =>
    opened.adopt(openShardReader({ url, schema: roll.schemaOf(index + 1), clock: realClock }), (each) => each.close()),
  );

  const put = async (letters: readonly Letter[]): Promise<void> => {
    await roll.put(letters);
    for (const to of new Set(letters.map((letter) => letter.to))) set.held.get(to)?.wake();
  };
  const here = () => [...set.held.values()].map(({ engine }) => engine);
  // What a caller sends is checked before it is in any log: no process can have ended by it and left it there.
  const over = oversight(noWatch);
  const front = { landscape, clock: realClock, oversight: over, shards: roll.shards, put };
  const counter = requestCounter({ ...front, stores: readers, here: () => here()[0]?.counter });
  const engine = jointEngine({ landscape, oversight: over, store: jointStore(readers), intake: shardDoor({ ...front, lying: () => set.waiting() }), counter, here });
  const set = shardSet({ ...parts, url, hubId: id, roll, onHeld: engine.join });
  opened.defer(() => set.close());
  await set.settle();

  const doors: ShardDoors = {
    shards: roll.shards,
    held: () => [...set.held.keys()].toSorted((a, b) => a - b),
    hub: id,
    waiting: () => set.waiting(),
    here: (shard) => set.held.get(shard)?.routes,
    async ask(shard, request) {
      const { members, leases } = await roll.look(undefined);
      const lease = leases.find((one) => one.shard === shard);
      const address = members.find(({ hub }) => hub === lease?.hub)?.address;
      if (lease?.state !== 'held' || address === undefined) throw new Fault('STORE_UNAVAILABLE', `No hub holds shard ${shard} now; one takes it within the lease.`, { shard });
      return asked(address, roll.key, request);
    },
  };
  const running = opened.move();
  return {
    engine,
    doors,
    keys: (own): KeyRing => ({ holder: (key) => (keyHash(key) === keyHash(roll.key) ? peer : own.holder(key)) }),
    reachedAt: (listening) => set.start(environment.store?.address ?? listening),
    close: async () => running.disposeAsync(),
  };
}

/** What another hub answers, as it is. Raises STORE_UNAVAILABLE where it does not. */
async function asked(address: string, key: string, { method, path, headers, raw }: ShardRequest): Promise<Answer> {
  try {
    const response = await fetch(new URL(path, address), {
      method,
      headers: { ...headers, authorization: `Bearer ${key}` },
      ...(method === 'POST' && { body: new Uint8Array(raw) }),
      signal: AbortSignal.timeout(askMs),
    });
    return { status: response.status, headers: { 'content-type': response.headers.get('content-type') ?? 'application/json' }, body: await response.text() };
  } catch (error) {
    throw new Fault('STORE_UNAVAILABLE', `The hub at ${address} does not answer: ${messageOf(error)}`, { address }, error);
  }
}
