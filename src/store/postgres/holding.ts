import { hostname } from 'node:os';
import { assert } from '../../kernel/assert.ts';
import { Fault } from '../../kernel/errors.ts';
import { integer, text } from '../row.ts';
import type { Counters } from './draft.ts';
import type { Session, Statement } from './session.ts';

/** The hub's right to write: every commit names the epoch under a row lock, and the number of the batch, one more than the last. */
export interface Holding {
  readonly epoch: number;
  /** The last batch that is known to be durable. */
  readonly batch: number;
  /** Another hub that was silent for a lease, and may yet do what it had begun. */
  readonly takenOverFrom: string | undefined;
}

export interface Holder {
  /** Who takes it: the same text for the same hub after a restart, which goes on at once where another hub would have to wait. */
  readonly hub: string;
  /** How long the hub may be silent before another may take over, in milliseconds. */
  readonly leaseMs: number;
}

/** Takes the database for this hub. Raises STORE_HELD while another hub's lease runs. */
export async function takeHold(session: Session, { hub, leaseMs }: Holder, place: string): Promise<Holding> {
  await session.ask({ text: 'BEGIN' });
  try {
    // Waits for the end of what a hub that was killed had under way.
    const { rows } = await session.ask({
      text: `SELECT hub, CASE WHEN expires = '-infinity' THEN 'let go' WHEN expires > clock_timestamp() THEN 'held' ELSE 'silent' END AS state,
          CASE WHEN expires = '-infinity' THEN 0 ELSE ceil(extract(epoch FROM expires - clock_timestamp()))::bigint END AS seconds FROM holder FOR UPDATE`,
    });
    const [held] = rows;
    assert(held !== undefined, 'the layout made the row of the holder');
    const isOurs = text(held, 'hub') === hub;
    if (text(held, 'state') === 'held' && !isOurs) {
      throw new Fault('STORE_HELD', `${place} is held by ${nameOf(text(held, 'hub'))}, for another ${integer(held, 'seconds')} s unless it goes on.`, {
        place,
        heldBy: nameOf(text(held, 'hub')),
      });
    }
    const taken = await session.ask({
      text: "UPDATE holder SET epoch = epoch + 1, hub = $1, expires = clock_timestamp() + $2::bigint * interval '1 millisecond' RETURNING epoch, batch",
      values: [hub, leaseMs],
    });
    await session.ask({ text: 'COMMIT' });
    const [row] = taken.rows;
    assert(row !== undefined, 'the row of the holder is there');
    return { epoch: integer(row, 'epoch'), batch: integer(row, 'batch'), takenOverFrom: text(held, 'state') === 'silent' && !isOurs ? nameOf(text(held, 'hub')) : undefined };
  } catch (error) {
    if (session.alive) await session.ask({ text: 'ROLLBACK' }).catch(() => undefined); // the first error says more
    throw error;
  }
}

/** First in each transaction: renews the lease, writes down the batch, and ends the transaction where another hub holds the database. */
export function fence({ epoch }: Holding, batch: number, leaseMs: number): Statement {
  return { name: 'fence', text: 'SELECT fence($1, $2, $3)', values: [epoch, batch, leaseMs] };
}

/** The last batch of this holding that is durable. Waits for the end of a transaction that lost its connection. Raises STORE_TAKEN_OVER. */
export async function lastBatch(session: Session, { epoch }: Holding, place: string): Promise<number> {
  const { rows } = await session.ask({ text: 'SELECT epoch, batch, hub FROM holder FOR UPDATE' });
  const [row] = rows;
  assert(row !== undefined, 'the row of the holder is there');
  if (integer(row, 'epoch') !== epoch) throw new Fault('STORE_TAKEN_OVER', `${place} has been taken over by ${nameOf(text(row, 'hub'))}.`, { place });
  return integer(row, 'batch');
}

/** Lets another hub take over at once. */
export function letGo({ epoch }: Holding): Statement {
  return { text: "UPDATE holder SET expires = '-infinity' WHERE epoch = $1", values: [epoch] };
}

/** The last numbers that were given. */
export async function readCounters(session: Session): Promise<Counters> {
  const max = (table: string, column: string): string => `(SELECT coalesce(max(${column}), 0) FROM ${table})`;
  const { rows } = await session.ask({
    text: `SELECT ${max('event', 'position')} AS position, ${max('run', 'seq')} AS run, greatest(${max('step', 'seq')}, (SELECT step FROM packed_last)) AS step, ${max('exception', 'seq')} AS exception,
      ${max('quarantine', 'id')} AS quarantine, ${max('audit', 'id')} AS audit`,
  });
  const [row] = rows;
  assert(row !== undefined, 'an aggregate gives one row');
  const count = (name: keyof Counters): number => integer(row, name);
  return { position: count('position'), run: count('run'), step: count('step'), exception: count('exception'), quarantine: count('quarantine'), audit: count('audit') };
}

/** A hub's text for the database: `id@machine`. The id alone is what it is known by. */
export function hubText(id: string): string {
  return `${id}@${hostname()}`;
}

function nameOf(hub: string): string {
  return hub === '' ? 'nobody' : `the hub ${hub}`;
}
