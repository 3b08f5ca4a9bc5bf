import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbroad, type EngineShard } from '../engine/shards/engine-shard.ts';
import { Fault, messageOf } from '../kernel/errors.ts';
import type { Landscape } from '../model/landscape.ts';
import { lockDatabase } from '../store/sqlite/database.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { StepRecord, Store } from '../store/store.ts';
import { leaseMsOf, type Environment } from './environment.ts';
import { realClock } from './real-clock.ts';
import { makeOnce } from './whole-file.ts';

export interface HubStoreOptions {
  readonly dataDir: string;
  readonly environment: Environment;
  /** Over the environment's. */
  readonly url: string | undefined;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  readonly onTakenOver: (reason: unknown) => void;
}

/** The store of a hub that holds its data directory alone. */
export interface HubStore {
  readonly store: Store;
  /** Where it lies, if that is a file. */
  readonly file: string | undefined;
  /** For how long nobody else can take it over; a store that nobody can take over has none. */
  readonly heldForMs: (() => number) | undefined;
  /** The hub that this one took over from, which may be alive. */
  readonly takenOverFrom: string | undefined;
  close(): Promise<void>;
}

/** Opens SQLite in the data directory, or the PostgreSQL that is given. Raises their Faults, and ENVIRONMENT_INVALID. */
export async function openHubStore(options: HubStoreOptions): Promise<HubStore> {
  const { dataDir, environment, log, onTakenOver } = options;
  const file = join(dataDir, 'hub.db');
  const url = storeAddress(environment, options.url);
  if (url === undefined) {
    const store = await openSqliteStore(file);
    return { store, file, heldForMs: undefined, takenOverFrom: undefined, close: () => store.close() };
  }
  // Whoever has the data directory's name for the database has the directory too: a restart goes on at once, and nothing else does.
  const lock = lockDatabase(file);
  try {
    if (existsSync(file)) log('the log on SQLite in this data directory is not read: the hub works on PostgreSQL', { file, urgent: true });
    const { openPostgresStore } = await import('../store/postgres/postgres-store.ts');
    const store = await openPostgresStore({
      url,
      ...(environment.store?.schema !== undefined && { schema: environment.store.schema }),
      hub: await hubId(join(dataDir, 'hub-id')),
      clock: realClock,
      leaseMs: leaseMsOf(environment),
      log,
      onTakenOver,
    });
    const { takenOverFrom } = store;
    if (takenOverFrom !== undefined) log('this hub has taken the store over', { from: takenOverFrom, urgent: true });
    return {
      store,
      file: undefined,
      heldForMs: store.heldForMs,
      takenOverFrom,
      async close() {
        await store.close();
        lock.close();
      },
    };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** The address with its password, which is given apart so that it need not be written as a URL wants it. */
export function storeAddress({ store }: Environment, over: string | undefined): string | undefined {
  const given = over ?? store?.url;
  if (given === undefined || store?.password === undefined || !URL.canParse(given)) return given;
  const url = new URL(given);
  url.password = encodeURIComponent(store.password);
  return url.href;
}

/** What a data directory is called at the database, made on first use. */
export async function hubId(file: string): Promise<string> {
  try {
    await makeOnce(file, randomUUID());
  } catch (error) {
    throw new Fault('STORE_UNAVAILABLE', `${file} cannot be written: ${messageOf(error)}`, { file }, error);
  }
  return (await readFile(file, 'utf8')).trim();
}

/**
 * After a takeover the hub before may still send what it had begun. Where neither an idempotency key nor a conditional write keeps a second
 * try from doubling it, and be it after a read-back, its owner decides: such effects park before anything is recovered.
 */
export async function parkInFlight(
  store: Store,
  { landscape, shard }: { readonly landscape: Landscape; readonly shard?: EngineShard | undefined },
  from: string,
  nowMs: number,
): Promise<void> {
  const bindings = landscape.of('binding');
  const inFlight = (await store.openEffects()).filter((step) => {
    if (step.status !== 'sent' && step.status !== 'unknown') return false;
    // Not sent from here: its outcome comes from the shard of its entity, whoever holds that.
    if (shard && isAbroad(shard, { query: false, queue: step.entity ?? '' })) return false;
    const guarantee = bindings.get(`${step.system ?? ''}.${step.name}`)?.guarantee;
    return guarantee?.kind === 'read-back' && !guarantee.conditional;
  });
  await store.commit(
    inFlight.map((step) => ({
      change: 'step.set' as const,
      run: step.run,
      id: step.id,
      status: 'parked' as const,
      done: step.done,
      output: step.output,
      endedMs: step.endedMs,
      attempts: step.attempts,
      history: withNote(step, { atMs: nowMs, what: 'parked', note: `taken over from ${from}, which may yet send it` }),
    })),
  );
}

function withNote({ history }: StepRecord, entry: object): string {
  // The engine wrote it as an array, and looks at each entry again when it reads it.
  const known = JSON.parse(history) as readonly unknown[];
  return JSON.stringify([...known, entry]);
}
