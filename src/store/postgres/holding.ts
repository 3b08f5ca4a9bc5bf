import { hostname } from 'node:os';
import { assert } from '../../kernel/assert.ts';
import { Fault } from '../../kernel/errors.ts';
import { integer, text } from '../row.ts';
import type { Counters } from './draft.ts';
import type { Entry, Gate } from './line.ts';
import type { Session, Statement } from './session.ts';

/** The hub's right to write, which the number of its epoch proves. */
export interface Holding {
  readonly epoch: number;
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
      text: "UPDATE holder SET epoch = epoch + 1, hub = $1, expires = clock_timestamp() + $2::bigint * interval '1 millisecond' RETURNING epoch",
      values: [hub, leaseMs],
    });
    // Waits for the end of a write of the tables as well.
    await session.ask({ text: 'UPDATE mover SET epoch = (SELECT epoch FROM holder)' });
    await session.ask({ text: 'COMMIT' });
    const [row] = taken.rows;
    assert(row !== undefined, 'the row of the holder is there');
    return { epoch: integer(row, 'epoch'), takenOverFrom: text(held, 'state') === 'silent' && !isOurs ? nameOf(text(held, 'hub')) : undefined };
  } catch (error) {
    if (session.alive) await session.ask({ text: 'ROLLBACK' }).catch(() => undefined); // the first error says more
    throw error;
  }
}

/** The gate of commits: passing it renews the lease. */
export function commitGate({ epoch }: Holding, leaseMs: number, place: string): Gate {
  return {
    fence: (line, batch, body) =>
      body === undefined
        ? { name: 'fence', text: 'SELECT fence($1, $2, $3, $4)', values: [epoch, line, batch, leaseMs] }
        : { name: 'fence-journal', text: 'SELECT fence_journal($1, $2, $3, $4, $5)', values: [epoch, line, batch, leaseMs, body] },
    enter: (session) => enter(session, 'holder', epoch, place),
  };
}

/** The gate of what writes the tables: no commit waits at it. */
export function moveGate({ epoch }: Holding, place: string): Gate {
  return {
    fence: (line, batch) => ({ name: 'fence-move', text: 'SELECT fence_move($1, $2, $3)', values: [epoch, line, batch] }),
    enter: (session) => enter(session, 'mover', epoch, place),
  };
}

async function enter(session: Session, table: 'holder' | 'mover', epoch: number, place: string): Promise<Entry> {
  const { rows } = await session.ask({ text: `UPDATE ${table} SET line = line + 1 WHERE epoch = $1 RETURNING line, batch`, values: [epoch] });
  const [row] = rows;
  if (row) return { line: integer(row, 'line'), batch: integer(row, 'batch') };
  const [other] = (await session.ask({ text: 'SELECT hub FROM holder' })).rows;
  throw new Fault('STORE_TAKEN_OVER', `${place} has been taken over by ${other ? nameOf(text(other, 'hub')) : 'another hub'}.`, { place });
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
