import { assert } from '../../kernel/assert.ts';
import { sleep, type Clock } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { hubPostgresMigrations } from '../migrations/hub-postgres.ts';
import { integer } from '../row.ts';
import type { Inbox } from '../shard.ts';
import type { Change, ExceptionRecord, Store } from '../store.ts';
import { fitSession } from './fitness.ts';
import { hubReader, type Read } from './hub-reader.ts';
import { hubWriter, type HubWriter } from './hub-writer.ts';
import { hubText, takeHold } from './holding.ts';
import { instantOf, sinceMs } from './instant.ts';
import { migrate } from './migrate.ts';
import { postOf, type PostOptions } from './post.ts';
import { placeOf, type Session, type SessionOptions } from './session.ts';
import { readerOn, readerSettings, readPatienceMs, readRetryMs, type StoreReader } from './store-reader.ts';
import { storeFault } from './trouble.ts';

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`, with the parameters of the driver, e.g. `?sslmode=verify-full`. */
  readonly url: string;
  /** Made where missing; one hub for each. */
  readonly schema?: string;
  /** Who holds the database: the same text after a restart of the same hub, another for each other one. */
  readonly hub: string;
  readonly clock: Clock;
  /** How long this hub may be silent before another may take over, in milliseconds. */
  readonly leaseMs?: number;
  readonly log?: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  /** Told once where another hub took over, also where nothing was being committed: this one must stop. */
  readonly onTakenOver?: (reason: unknown) => void;
  /** Where this is one shard of several. */
  readonly post?: PostOptions;
}

/** A store that another hub can take over. */
export interface PostgresStore extends Store {
  /** For how much longer this hub's lease runs, by its own clocks (that of the wall may be set), in milliseconds; 0 where it has run out: nothing may be sent to a system then. */
  heldForMs(): number;
  /** Who held the database before and was silent for a lease: what it had under way may yet arrive. */
  readonly takenOverFrom: string | undefined;
  /** What other shards and hubs have put here; empty for a shard that is the only one. */
  readonly inbox: Inbox;
}

const leaseDefaultMs = 10_000;
/** Commits and reads that wait for the database at once; one more is refused with OVERLOADED. */
const callsMax = 10_000;
const answerMaxMs = 60_000;
/** How long after a commit the tables are written where nothing else is committed meanwhile, and where there is always something. */
const foldIdleMs = 50;
const foldLatestMs = 1_000;
/** The server ends a transaction of ours that we left open: it holds the row that all others wait for. */
const leftOpenMs = 10_000;
/** Plans of writes are made once; they stay good while tables grow, because they go by index. */
const writerSettings = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
  idle_in_transaction_session_timeout: String(leftOpenMs),
};

/**
 * Opens the hub's store in a schema of a PostgreSQL database (15 or newer), alone. A commit is durable when it resolves; one whose answer
 * was lost resolves or rejects when the server has told what became of it. Raises ENVIRONMENT_INVALID, STORE_UNFIT, STORE_HELD,
 * STORE_NEWER, STORE_DIVERGED, STORE_UNAVAILABLE, and STORE_TAKEN_OVER from a commit after another hub took over.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const { url, schema = 'lineshaft', clock, leaseMs = leaseDefaultMs, log = () => undefined } = options;
  const place = placeOf(url, schema);
  const connect = (settings: SessionOptions['settings'] = {}): Promise<Session> => fitSession({ url, schema, settings, answerMs: answerMaxMs }, place);
  try {
    const session = await connect(writerSettings);
    try {
      await migrate(session, schema, hubPostgresMigrations, place);
      if (!options.post) await refuseDivided(session, place);
      const heldFrom = instantOf(clock);
      const holding = await takeHold(session, { hub: hubText(options.hub), leaseMs }, place);
      const reader = readerOn(() => connect(readerSettings), clock, place);
      const post = options.post && postOf(options.post, reader.read);
      const writer = hubWriter({ session, connect: () => connect(writerSettings), holding, heldFrom, leaseMs, place, more: post?.writes, clock, log });
      // What the hub before left in the journal.
      await writer.fold();
      return storeOn(writer, reader, { ...options, inbox: post ?? noInbox, leaseMs, place, takenOverFrom: holding.takenOverFrom });
    } catch (error) {
      session.drop();
      throw error;
    }
  } catch (error) {
    throw storeFault(error, place);
  }
}

/** A hub that would take the first shard for the whole log. Raises ENVIRONMENT_INVALID. */
async function refuseDivided(session: Session, place: string): Promise<void> {
  const { rows } = await session.ask({ text: 'SELECT shards FROM plan WHERE shards > 1' });
  const [row] = rows;
  if (!row) return;
  const shards = integer(row, 'shards');
  throw new Fault('ENVIRONMENT_INVALID', `${place} is divided into ${shards} shards: write store.shards: ${shards}.`, { place, shards });
}

interface StoreParts extends PostgresStoreOptions {
  readonly leaseMs: number;
  readonly place: string;
  readonly inbox: Inbox;
  readonly takenOverFrom: string | undefined;
}

/** Of a shard that is the only one. */
const noInbox: Inbox = { letters: async () => [], taking: () => undefined, replies: async () => [] };

function storeOn(writer: HubWriter, reader: StoreReader, parts: StoreParts): PostgresStore {
  const { clock, leaseMs, place, inbox, takenOverFrom, onTakenOver = () => undefined, log = () => undefined } = parts;
  let calls = 0;
  let closed: Promise<void> | undefined;
  let cancelRenewal = (): void => undefined;
  let cancelFold: (() => void) | undefined;
  let lastCommitMs = 0;
  /** A write of the tables that was asked for, with nothing else behind it. */
  let nextFold: Promise<void> | undefined;

  async function counted<Value>(work: () => Promise<Value>): Promise<Value> {
    assert(closed === undefined, 'a closed store is not asked');
    if (calls >= callsMax) throw new Fault('OVERLOADED', `${callsMax} calls wait for the store.`, { callsMax });
    calls += 1;
    try {
      return await work();
    } finally {
      calls -= 1;
    }
  }

  /** A read asked after a commit sees it, also where that commit is still under way: the tables are written first. */
  const read: Read = (sql, values) =>
    counted(async () => {
      await folded();
      return reader.read(sql, values);
    });

  const reads = hubReader(read);
  const asWritten = hubReader((sql, values) => counted(() => reader.read(sql, values)));

  /** Writes the tables after all that was asked for: who asks before the next commit is served by the same. */
  function foldNext(): Promise<void> {
    if (nextFold) return nextFold;
    const fold = writer.fold().finally(() => {
      if (nextFold === fold) nextFold = undefined;
    });
    nextFold = fold;
    return fold;
  }

  async function folded(): Promise<void> {
    for (const untilMs = clock.steady() + readPatienceMs; ;) {
      try {
        await foldNext();
        return;
      } catch (error) {
        // Who took over has written the tables.
        if (isFault(error, 'STORE_TAKEN_OVER')) return;
        if (!isFault(error, 'STORE_UNAVAILABLE') || closed !== undefined || clock.steady() > untilMs) throw error;
        await sleep(clock, readRetryMs);
      }
    }
  }

  /** For those who read the tables past this store, and so that a takeover finds little to do. */
  function foldLater(firstMs: number, waitMs = foldIdleMs): void {
    cancelFold ??= clock.after(waitMs, () => {
      cancelFold = undefined;
      if (clock.steady() - lastCommitMs < foldIdleMs && clock.steady() - firstMs < foldLatestMs) {
        foldLater(firstMs);
        return;
      }
      foldNext().catch((error: unknown) => {
        if (closed !== undefined || isFault(error, 'STORE_TAKEN_OVER')) return;
        if (!isFault(error, 'STORE_UNAVAILABLE')) throw error;
        log('what is committed waits in the journal', { place, reason: messageOf(error) });
        foldLater(clock.steady(), foldLatestMs);
      });
    });
  }

  function renewLater(): void {
    cancelRenewal = clock.after(leaseMs / 3, () => {
      const isFresh = sinceMs(clock, writer.heldFrom()) < leaseMs / 3;
      (isFresh ? Promise.resolve() : writer.renew()).then(renewLater, (error: unknown) => {
        if (closed !== undefined) return;
        if (isFault(error, 'STORE_UNAVAILABLE')) renewLater();
        else if (isFault(error, 'STORE_TAKEN_OVER')) onTakenOver(error);
        else throw error;
      });
    });
  }

  renewLater();
  return {
    ...reads,
    // Each wait of a flow looks back; hardly ever is what it waits for among the newest.
    async eventsMatching(filter) {
      await writer.drafted();
      return (writer.mayHoldEvents(filter.type, filter.after) ? reads : asWritten).eventsMatching(filter);
    },
    heldForMs: () => (closed === undefined ? Math.max(0, leaseMs - sinceMs(clock, writer.heldFrom())) : 0),
    inbox,
    takenOverFrom,
    overlapping: true,
    async commit(changes) {
      if (changes.length === 0) return [];
      // The caller may change what it gave; what is stored does not.
      const own = changes.map(ownChange);
      return counted(async () => {
        nextFold = undefined;
        const results = await writer.commit(own, changes);
        lastCommitMs = clock.steady();
        foldLater(lastCommitMs);
        return results;
      });
    },
    compact: (part, after, bounds) =>
      counted(() => {
        nextFold = undefined;
        return writer.compact(part, after, bounds);
      }),
    close: async () =>
      (closed ??= (async () => {
        cancelRenewal();
        cancelFold?.();
        writer.giveUp();
        await writer.fold().catch((error: unknown) => log('what is committed stays in the journal', { place, reason: messageOf(error) }));
        await writer.close();
        await reader.close();
        log('the store is let go', { place });
      })()),
  };
}

function isFault(error: unknown, code: Fault['code']): boolean {
  return error instanceof Fault && error.code === code;
}

/** A change that its giver can no longer reach into. */
function ownChange(change: Change): Change {
  if (change.change === 'exception.set') return { ...change, record: ownRecord(change.record) };
  if (change.change === 'exception.open') return { ...change, ...ownRecord(change) };
  return 'keys' in change ? { ...change, keys: { ...change.keys } } : change;
}

function ownRecord(record: ExceptionRecord): ExceptionRecord {
  return { ...record, keys: { ...record.keys }, owners: [...record.owners], actions: [...record.actions] };
}
