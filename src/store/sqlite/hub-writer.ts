import type { DatabaseSync } from 'node:sqlite';
import { fold } from './fold.ts';
import { knownNames } from './known-names.ts';
import { hubStatements } from './hub-statements.ts';
import { openJournal, type JournalEntry } from './journal.ts';
import { keyIndex, type KeyIndexOptions } from './key-index.ts';
import { keyedEvents, keyedRuns } from './keyed-table.ts';
import { integer, text } from '../row.ts';
import { nothingPending, type Pending, type PendingCommit } from './pending.ts';
import { inTransaction } from './transaction.ts';
import { judge, numbersOf, type Court } from './verdict.ts';
import type { Reserve } from './reserve.ts';
import type { ChangeRow, ResultNumbers } from './change-row.ts';

/** How much waits in the journal; changes are counted, bytes are those of their JSON text. */
export interface JournalLimits {
  /** What is younger than so much waits, so that most runs are written once, when they have ended. */
  readonly kept: Amount;
  /** Changes moved in one go, while which a commit waits: a millisecond; more of them where more waits. */
  readonly sliceChanges: number;
  /** So much is moved in one transaction, that a page which many slices change is written once. */
  readonly moved: Amount;
  /** More than that is never taken: where the tables cannot grow, commits are refused. */
  readonly refused: Amount;
}

interface Amount {
  readonly changes: number;
  readonly bytes: number;
}

const MiB = 1024 * 1024;
const defaultLimits: JournalLimits = {
  kept: { changes: 8_000, bytes: 2 * MiB },
  sliceChanges: 400,
  moved: { changes: 24_000, bytes: 6 * MiB },
  refused: { changes: 40_000, bytes: 64 * MiB },
};

/** The part that a slice is of what is to be moved, where that is more than `sliceChanges`. */
const sliceShare = 1 / 8;
/** Bytes of tables, indexes and write-ahead log that a byte of the journal may come to. */
const growth = 8;
/** The cursors that say up to which commit the tables hold, what the journal's mark is, and before which commit it was turned over last. */
const foldedName = 'store.folded';
const markName = 'store.journal';
const turnedName = 'store.turned';
/** How each transaction is durable on return, but for those that move to the tables. */
const flushed = 'PRAGMA synchronous = FULL';

/**
 * Takes commits. One is durable as a single entry of the journal; the tables follow, some commits behind, each run and step written once
 * in its newest state, in slices between the commits.
 */
export interface HubWriter {
  /** Commits the changes whose JSON text of `ChangeRow`s this is; durable on return. */
  commit(body: string): ResultNumbers;
  /** Brings the tables up to the last commit. */
  settle(): void;
  /** The number of a run of the tables. Follows `settle`. */
  seqOfRun(id: string): number | undefined;
  /** Moves a slice of what waits to the tables, where it is much, or tends their indexes of events and runs; gives whether to ask again, when nobody waits. */
  ease(): boolean;
  /** Others than this have dropped rows of the tables: nothing is remembered of them. Follows `settle`. */
  forget(): void;
  close(): void;
}

/** Half a surrogate pair, which SQLite stores as U+FFFD: names that the tables hold to be one must be one here. */
function wellFormed(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}

export interface HubWriterOptions {
  readonly file: string;
  readonly database: DatabaseSync;
  readonly reserve: Reserve;
  readonly limits?: JournalLimits;
  /** Length at which a file of the journal is left for the other one, in bytes. */
  readonly fileBytes?: number | undefined;
  readonly index?: KeyIndexOptions;
}

export function hubWriter({ file, database, reserve, limits = defaultLimits, fileBytes, index }: HubWriterOptions): HubWriter {
  const statements = hubStatements(database);
  const events = keyIndex(database, keyedEvents, index);
  const runs = keyIndex(database, keyedRuns, index);
  const cursorAt = (name: string): number => integer(statements.cursor.get(name) ?? { position: 0 }, 'position');
  if (cursorAt(markName) === 0) database.prepare('INSERT INTO cursor (name, position) VALUES (?, 1 + abs(random() % 4294967295))').run(markName);
  const book = openJournal({
    file,
    mark: cursorAt(markName),
    secureTables,
    ...(fileBytes !== undefined && { fileBytes }),
  });
  const names = knownNames(database);
  names.learn();
  let last = 0;
  let court: Court | undefined;
  /** The transaction that slices are moved to the tables in, while it is open: up to which commit, and how much. */
  let move: (Amount & { readonly seq: number }) | undefined;
  /** Bytes that are set aside. */
  let held = 0;

  /** What is pending, read again from the journal where it is not known any more. */
  function known(): Court {
    if (court) return court;
    events.reread();
    runs.reread();
    const read: Court = { statements, events, runs, names, pending: nothingPending(), numbers: numbersOf(statements), again: true, unpacked: false };
    const enterAll = (entries: readonly JournalEntry[]): void => {
      for (const { seq, body } of entries) {
        enter(read, seq, body);
        last = seq;
      }
    };
    // Where the journal of an earlier program is: a table, which this one empties for good.
    enterAll(statements.oldJournal.all().map((row) => ({ seq: integer(row, 'seq'), body: text(row, 'body') })));
    if (read.pending.commits.length > 0) {
      moveOldest(read, read.pending.commits.length);
      endMove();
      statements.dropOldJournal.run();
    }
    last = cursorAt(foldedName);
    enterAll(book.after(last));
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
      // A full disk or a failed write makes SQLite roll back by itself.
      if (database.isTransaction) database.exec('ROLLBACK');
      database.exec(flushed);
      move = undefined;
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
  function holdFor({ bytes, events: appended, runs: begun }: Pending, body: string): void {
    const needed = growth * (bytes + (move?.bytes ?? 0) + body.length) + events.bytesFor(appended.size) + runs.bytesFor(begun.size);
    if (held >= needed) return;
    try {
      held = reserve.hold(needed);
    } catch (error) {
      giveWay();
      throw error;
    }
  }

  /** Moves the oldest `count` commits, in the transaction that is open for it or a new one. */
  function moveOldest(now: Court, count: number): void {
    if (count === 0) return;
    surely(() => {
      const before = begunMove();
      const { pending } = now;
      const { changes, bytes } = pending;
      const seq = fold(now, count);
      move = { seq, changes: before.changes + changes - pending.changes, bytes: before.bytes + bytes - pending.bytes };
    });
  }

  function begunMove(): NonNullable<typeof move> {
    if (move === undefined) {
      // Needs no flush of its own: until it is durable the journal holds the same.
      database.exec('PRAGMA synchronous = NORMAL');
      database.exec('BEGIN IMMEDIATE');
      move = { seq: cursorAt(foldedName), changes: 0, bytes: 0 };
    }
    return move;
  }

  function endMove(): void {
    if (move === undefined) return;
    const { seq } = move;
    surely(() => {
      statements.setCursor.run(foldedName, seq);
      database.exec('COMMIT');
      database.exec(flushed);
      move = undefined;
      book.forget(seq);
    });
  }

  /** Makes durable what the tables hold. */
  function secureTables(): void {
    endMove();
    // A transaction is durable with all that were made before it, where it changes something: what is written as it was is not written at all.
    statements.setCursor.run(turnedName, last);
  }

  /** Writes to the tables what is no commit's. */
  function writeApart(work: () => void): void {
    surely(() => {
      begunMove();
      work();
    });
    endMove();
  }

  function settle(): void {
    const now = known();
    moveOldest(now, now.pending.commits.length);
    endMove();
  }

  function judged(seq: number, body: string): ResultNumbers {
    const now = known();
    // One transaction, so that what is looked up on the way does not take the file's locks one by one.
    if (move === undefined) return inTransaction(database, () => enter(now, seq, body), true);
    now.unpacked = false;
    const results = enter(now, seq, body);
    // Whoever reads the journal again must find the steps as this commit left them.
    if (now.unpacked) secureTables();
    return results;
  }

  return {
    commit(body) {
      const { pending } = known();
      if (isMore(pending, limits.refused)) settle();
      holdFor(known().pending, body);
      const seq = last + 1;
      const results = surely(() => {
        const given = judged(seq, body);
        book.append({ seq, body });
        return given;
      });
      last = seq;
      return results;
    },
    settle,
    seqOfRun(id) {
      const stored = id.toWellFormed();
      return runs.find(runs.hashOf(stored), stored);
    },
    forget() {
      court &&= { ...court, numbers: numbersOf(statements) };
      events.forget();
      runs.forget();
    },
    ease() {
      const now = known();
      const { pending } = now;
      if (!isMore(pending, limits.kept)) {
        if (names.learn()) return true;
        return events.tend(writeApart) || runs.tend(writeApart);
      }
      const most = Math.max(limits.sliceChanges, sliceShare * (pending.changes - limits.kept.changes));
      let changes = 0;
      let count = 0;
      for (const commit of pending.commits) {
        if (changes >= most) break;
        changes += commit.changes;
        count += 1;
      }
      moveOldest(now, count);
      if (move !== undefined && isMore(move, limits.moved)) endMove();
      return true;
    },
    close: () => book.close(),
  };
}

function isMore(amount: Amount, than: Amount): boolean {
  return amount.changes > than.changes || amount.bytes > than.bytes;
}
