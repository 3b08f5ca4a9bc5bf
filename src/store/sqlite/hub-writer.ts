import type { DatabaseSync } from 'node:sqlite';
import { fold } from './fold.ts';
import { hubStatements } from './hub-statements.ts';
import { journal } from './journal.ts';
import { nothingPending, type Pending, type PendingCommit } from './pending.ts';
import { inTransaction } from './transaction.ts';
import { judge, numbersOf, rememberedMax, type Court } from './verdict.ts';
import type { Reserve } from './reserve.ts';
import type { ChangeRow, ResultNumbers } from './change-row.ts';

/** How much waits in the journal; changes are counted, bytes are those of their JSON text. */
export interface JournalLimits {
  /** Where more waits, the oldest are moved to the tables … */
  readonly most: Amount;
  /** … until no more than this is left, so that most runs are written once, when they have ended. */
  readonly kept: Amount;
  /** Changes moved in one go, while which a commit waits: some 15 ms. */
  readonly sliceChanges: number;
  /** More than that is never taken: where the tables cannot grow, commits are refused. */
  readonly refused: Amount;
}

interface Amount {
  readonly changes: number;
  readonly bytes: number;
}

const MiB = 1024 * 1024;
const defaultLimits: JournalLimits = {
  most: { changes: 16_000, bytes: 8 * MiB },
  kept: { changes: 4_000, bytes: 2 * MiB },
  sliceChanges: 4_000,
  refused: { changes: 40_000, bytes: 64 * MiB },
};

/** Bytes of tables, indexes and write-ahead log that a byte of the journal may come to, and the steps in which they are set aside. */
const growth = 8;
const reserveStep = MiB / 4;

/**
 * Takes commits. One is durable as a single row of the journal; the tables follow, some commits behind, each run and step written once
 * in its newest state. Measured with 256 flows in step, against commits that write
 * the tables themselves: with keys in no order a third more flows a second; with keys that grow as many, each in two thirds of the time.
 */
export interface HubWriter {
  /** Commits the changes whose JSON text of `ChangeRow`s this is. */
  commit(body: string): ResultNumbers;
  /** Brings the tables up to the last commit. */
  settle(): void;
  /** Moves to the tables a slice of what waits, where that is much; gives whether to ask again, when nobody waits. */
  ease(): boolean;
  /** Others than this have dropped rows of the tables: nothing is remembered of them. Follows `settle`. */
  forget(): void;
}

/** Half a surrogate pair, which SQLite stores as U+FFFD: names that the tables hold to be one must be one here. */
function wellFormed(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}

export function hubWriter(database: DatabaseSync, reserve: Reserve, limits = defaultLimits): HubWriter {
  const statements = hubStatements(database);
  const book = journal(database);
  let last = 0;
  let court: Court | undefined;
  let easing = false;
  /** Bytes that are set aside. */
  let held = 0;

  /** What is pending, read again from the journal where it is not known any more. */
  function known(): Court {
    if (court) return court;
    const read: Court = { statements, pending: nothingPending(), numbers: numbersOf(statements), again: true };
    for (const { seq, body } of book.entries()) {
      enter(read, seq, body);
      last = seq;
    }
    read.again = false;
    court = read;
    return read;
  }

  function enter(into: Court, seq: number, body: string): ResultNumbers {
    // `openSqliteStore` made this text of `changeRow`s, now or before a restart.
    const rows = JSON.parse(body, body.includes('\\ud') ? wellFormed : undefined) as readonly ChangeRow[];
    const commit: PendingCommit = { seq, bytes: body.length, changes: rows.length, touched: [], cursors: new Map() };
    const results = judge(into, rows, commit);
    into.pending.commits.push(commit);
    into.pending.changes += commit.changes;
    into.pending.bytes += commit.bytes;
    return results;
  }

  /** Work that leaves what is known of the journal in doubt where it fails. */
  function surely<Value>(work: () => Value): Value {
    try {
      return work();
    } catch (error) {
      court = undefined;
      giveWay();
      throw error;
    }
  }

  /** Where there is no room, what is set aside is for what was taken already: it can be told while nothing new is taken. */
  function giveWay(): void {
    if (held > 0) reserve.release();
    held = 0;
  }

  /** Sets aside what the tables grow by when all that is pending is moved to them, and a body more. */
  function holdFor({ bytes }: Pending, body: string): void {
    const needed = Math.ceil((growth * (bytes + body.length)) / reserveStep) * reserveStep;
    if (held >= needed) return;
    try {
      reserve.hold(needed);
    } catch (error) {
      giveWay();
      throw error;
    }
    held = needed;
  }

  function foldOldest(from: Court, count: number): void {
    if (count === 0) return;
    // Needs no flush of its own: until it is durable the journal still holds the same.
    database.exec('PRAGMA synchronous = NORMAL');
    try {
      surely(() => inTransaction(database, () => book.forget(fold(statements, from.pending, count))));
    } finally {
      database.exec('PRAGMA synchronous = FULL');
    }
  }

  function settle(): void {
    const now = known();
    foldOldest(now, now.pending.commits.length);
    if (now.numbers.revisions.size > rememberedMax) now.numbers.revisions.clear();
  }

  return {
    commit(body) {
      const { pending } = known();
      if (isMore(pending, limits.refused)) settle();
      holdFor(known().pending, body);
      const seq = last + 1;
      // One transaction, so that what is looked up on the way does not take the file's locks one by one.
      const results = surely(() =>
        inTransaction(database, () => {
          const given = enter(known(), seq, body);
          book.append({ seq, body });
          return given;
        }),
      );
      last = seq;
      return results;
    },
    settle,
    forget() {
      court = undefined;
    },
    ease() {
      const now = known();
      if (now.numbers.revisions.size > rememberedMax) settle();
      const { pending } = now;
      easing = isMore(pending, easing ? limits.kept : limits.most);
      if (!easing) return false;
      let changes = 0;
      let count = 0;
      for (const commit of pending.commits) {
        if (changes >= limits.sliceChanges) break;
        changes += commit.changes;
        count += 1;
      }
      foldOldest(now, count);
      return true;
    },
  };
}

function isMore(pending: Pending, than: Amount): boolean {
  return pending.changes > than.changes || pending.bytes > than.bytes;
}
