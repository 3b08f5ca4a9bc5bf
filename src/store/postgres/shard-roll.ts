import { assert } from '../../kernel/assert.ts';
import { Fault } from '../../kernel/errors.ts';
import { hubPostgresMigrations } from '../migrations/hub-postgres.ts';
import { integer, text, word } from '../row.ts';
import { shardsMax, type Parcel } from '../shard.ts';
import { fitSession } from './fitness.ts';
import { hubText } from './holding.ts';
import { migrate } from './migrate.ts';
import { parcelWrites } from './post.ts';
import { placeOf, quoted, type Session, type Statement } from './session.ts';
import { storeFault, troubleOf } from './trouble.ts';

export interface ShardRollOptions {
  readonly url: string;
  /** The schema of the first shard; the others' follow from it. */
  readonly schema: string;
  /** What the database is to be divided into, where it is new. */
  readonly shards: number;
  /** Who asks: the same text after a restart. */
  readonly hub: string;
  /** How long a hub may be silent before it counts as gone, in milliseconds. */
  readonly leaseMs: number;
  /** The key of the database, where it has none yet: a secret that nobody can guess. */
  readonly freshKey: string;
}

/** Who holds a shard. */
export interface ShardLease {
  readonly shard: number;
  readonly hub: string;
  /** `free`: whoever comes may take it. */
  readonly state: 'held' | 'free';
}

/** What a hub sees of the others. */
export interface Look {
  /** Hubs that live, by their texts in order; this one is among them once it has said where it is reached. */
  readonly members: readonly { readonly hub: string; readonly address: string }[];
  readonly leases: readonly ShardLease[];
  /** Letters in the fullest inbox, or somewhat more. */
  readonly waiting: number;
}

/** What several hubs on one database know of each other, and how they put something into each other's inboxes. */
export interface ShardRoll {
  readonly shards: number;
  /** By which the hubs of this database know each other. */
  readonly key: string;
  /** This hub's text in leases and the roll. */
  readonly hub: string;
  schemaOf(shard: number): string;
  /** Enters this hub and looks around; without an address it only looks. */
  look(address: string | undefined): Promise<Look>;
  /** In one transaction, durable when it resolves. Raises STORE_UNAVAILABLE: then it may be done all the same. */
  put(parcels: readonly Parcel[]): Promise<void>;
  /** Strikes this hub out. */
  close(): Promise<void>;
}

const answerMaxMs = 10_000;

/** The schema of a shard: the first one's is the database's own, as it was before there were several. */
export function schemaName(schema: string, shard: number): string {
  return shard === 1 ? schema : `${schema}_${shard}`;
}

/** Lays all shards out, where that was not done, and opens the roll. Raises STORE_UNFIT, STORE_NEWER, STORE_DIVERGED, STORE_UNAVAILABLE, ENVIRONMENT_INVALID. */
export async function openShardRoll({ url, schema, shards, hub, leaseMs, freshKey }: ShardRollOptions): Promise<ShardRoll> {
  assert(shards >= 1 && shards <= shardsMax, 'the number of shards is bounded');
  const place = placeOf(url, schema);
  const connect = (): Promise<Session> => fitSession({ url, schema, answerMs: answerMaxMs }, place);
  const self = hubText(hub);
  let session: Session;
  let key: string;
  try {
    session = await connect();
    try {
      await layOut(session, schema, shards, url);
      key = await plan(session, shards, freshKey, place);
    } catch (error) {
      session.drop();
      throw error;
    }
  } catch (error) {
    throw storeFault(error, place);
  }
  const schemaOf = (shard: number): string => schemaName(schema, shard);
  const numbers = Array.from({ length: shards }, (_, index) => index + 1);
  const leases = numbers
    .map((shard) => {
      const own = quoted(schemaOf(shard));
      const waiting = `(SELECT coalesce(max(number) - min(number) + 1, 0) FROM ${own}.inbox)`;
      return `SELECT ${shard}::bigint AS shard, hub, CASE WHEN expires > clock_timestamp() THEN 'held' ELSE 'free' END AS state, ${waiting} AS waiting FROM ${own}.holder`;
    })
    .join(' UNION ALL ');
  let last: Promise<unknown> = Promise.resolve();
  let waiting: Parcel[] = [];
  let next: Promise<void> | undefined;

  /** The connection, made again where it is gone. */
  async function connected(): Promise<Session> {
    if (!session.alive) session = await connect();
    return session;
  }

  /** One after the other: there is one connection. */
  function inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const turn = last.then(async () => {
      try {
        return await work();
      } catch (error) {
        // What it is in the middle of is not known any more.
        if (troubleOf(error) !== 'bug') session.drop();
        throw storeFault(error, place);
      }
    });
    last = turn.catch(() => undefined);
    return turn;
  }

  return {
    shards,
    key,
    hub: self,
    schemaOf,
    look: (address) =>
      inTurn(async () => {
        const on = await connected();
        if (address !== undefined) {
          const enter =
            'INSERT INTO member (hub, address, seen) VALUES ($1, $2, clock_timestamp()) ON CONFLICT (hub) DO UPDATE SET address = excluded.address, seen = excluded.seen';
          await on.ask({ name: 'enter', text: enter, values: [self, address] });
        }
        const seen = "SELECT hub, address FROM member WHERE seen > clock_timestamp() - $1::bigint * interval '1 millisecond' ORDER BY hub";
        const [members, held] = await Promise.all([on.ask({ name: 'members', text: seen, values: [leaseMs] }), on.ask({ name: 'leases', text: leases })]);
        return {
          members: members.rows.map((row) => ({ hub: text(row, 'hub'), address: text(row, 'address') })),
          leases: held.rows.map((row) => ({ shard: integer(row, 'shard'), hub: text(row, 'hub'), state: word(row, 'state', { held: true, free: true }) })),
          waiting: Math.max(...held.rows.map((row) => integer(row, 'waiting'))),
        };
      }),
    put(parcels) {
      waiting.push(...parcels);
      // What comes while a transaction is under way goes into the next, together.
      return (next ??= inTurn(async () => {
        const all = waiting;
        waiting = [];
        next = undefined;
        await transaction(await connected(), parcelWrites(all, schemaOf));
      }));
    },
    close: () =>
      inTurn(async () => {
        const on = await connected();
        await on.ask({ text: 'DELETE FROM member WHERE hub = $1', values: [self] });
        await on.end();
      }),
  };
}

async function transaction(session: Session, statements: readonly Statement[]): Promise<void> {
  const ends = await session.together([{ text: 'BEGIN' }, ...statements, { text: 'COMMIT' }]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

async function layOut(session: Session, schema: string, shards: number, url: string): Promise<void> {
  for (let shard = shards; shard >= 1; shard -= 1) {
    const name = schemaName(schema, shard);
    await session.ask({ text: `SET search_path = ${quoted(name)}` });
    await migrate(session, name, hubPostgresMigrations, placeOf(url, name));
  }
}

/** The key of the database, made by the first hub, which also says into how many shards it is divided. */
async function plan(session: Session, shards: number, freshKey: string, place: string): Promise<string> {
  // A log that one hub has filled alone is one shard.
  await session.ask({
    text: 'INSERT INTO plan (shards, key) SELECT CASE WHEN EXISTS (SELECT 1 FROM event) OR EXISTS (SELECT 1 FROM journal) THEN 1 ELSE $1::bigint END, $2 ON CONFLICT DO NOTHING',
    values: [shards, freshKey],
  });
  const { rows } = await session.ask({ text: 'SELECT shards, key FROM plan' });
  const [row] = rows;
  assert(row !== undefined, 'the plan was made');
  const found = integer(row, 'shards');
  if (found === shards) return text(row, 'key');
  throw new Fault(
    'ENVIRONMENT_INVALID',
    `${place} is divided into ${found} shards, and store.shards says ${shards}: what lies in a shard was put there by their number. Write ${found}.`,
    {
      place,
      shards: found,
    },
  );
}
