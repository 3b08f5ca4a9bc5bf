import type { DatabaseSync } from 'node:sqlite';
import { fold } from './fold.ts';
import { hubStatements } from './hub-statements.ts';
import { openJournal, type JournalEntry } from './journal.ts';
import { integer, text } from '../row.ts';
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
  /** Changes moved in one go, while which a commit waits: some 20 ms. */
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
  most: { changes: 24_000, bytes: 8 * MiB },
  kept: { changes: 4_000, bytes: 2 * MiB },
  sliceChanges: 8_000,
  refused: { changes: 40_000, bytes: 64 * MiB },
};

/** Bytes of tables, indexes and write-ahead log that a byte of the journal may come to. */
const growth = 8;
/** The cursors that say up to which commit the tables hold, what the journal's mark is, and before which commit it was turned over last. */
const foldedName = 'store.folded';
const markName = 'store.journal';
const turnedName = 'store.turned';

/**
 * Takes commits. One is durable as a single entry of the journal; the tables follow, some commits behind, each run and step written once
 * in its newest state. Measured with 256 flows in step, growing keys: 9,000 flows a second; 7,000 where an entry was a row of a table and
 * each step one as well.
 */
export interface HubWriter {
  /** Commits the changes whose JSON text of `ChangeRow`s this is; durable on return. */
  commit(body: string): ResultNumbers;
  /** Brings the tables up to the last commit. */
  settle(): void;
  /** Moves to the tables a slice of what waits, where that is much; gives whether to ask again, when nobody waits. */
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
}

export function hubWriter({ file, database, reserve, limits = defaultLimits, fileBytes }: HubWriterOptions): HubWriter {
  const statements = hubStatements(database);
  const cursorAt = (name: string): number => integer(statements.cursor.get(name) ?? { position: 0 }, 'position');
  if (cursorAt(markName) === 0) database.prepare('INSERT INTO cursor (name, position) VALUES (?, 1 + abs(random() % 4294967295))').run(markName);
  const book = openJournal({
    file,
    mark: cursorAt(markName),
    // A transaction is durable with all that were made before it, where it changes something: what is written as it was is not written at all.
    secureTables: () => void statements.setCursor.run(turnedName, last),
    ...(fileBytes !== undefined && { fileBytes }),
  });
  let last = 0;
  let court: Court | undefined;
  let easing = false;
  /** Bytes that are set aside. */
  let held = 0;

  /** What is pending, read again from the journal where it is not known any more. */
  function known(): Court {
    if (court) return court;
    const read: Court = { statements, pending: nothingPending(), numbers: numbersOf(statements), again: true };
    const enterAll = (entries: readonly JournalEntry[]): void => {
      for (const { seq, body } of entries) {
        enter(read, seq, body);
        last = seq;
      }
    };
    // Where the journal of an earlier program is: a table, which this one empties for good.
    enterAll(statements.oldJournal.all().map((row) => ({ seq: integer(row, 'seq'), body: text(row, 'body') })));
    if (read.pending.commits.length > 0) {
      move(read, read.pending.commits.length);
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
    const needed = growth * (bytes + body.length);
    if (held >= needed) return;
    try {
      held = reserve.hold(needed);
    } catch (error) {
      giveWay();
      throw error;
    }
  }

  function move(from: Court, count: number): void {
    const folded = inTransaction(database, () => {
      const seq = fold(statements, from.pending, count);
      statements.setCursor.run(foldedName, seq);
      return seq;
    });
    book.forget(folded);
  }

  function foldOldest(from: Court, count: number): void {
    if (count === 0) return;
    // Needs no flush of its own: until it is durable the journal holds the same.
    database.exec('PRAGMA synchronous = NORMAL');
    try {
      surely(() => move(from, count));
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
      const results = surely(() => {
        // One transaction, so that what is looked up on the way does not take the file's locks one by one.
        const given = inTransaction(database, () => enter(known(), seq, body), true);
        book.append({ seq, body });
        return given;
      });
      last = seq;
      return results;
    },
    settle,
    forget() {
      court &&= { ...court, numbers: numbersOf(statements) };
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
    close: () => book.close(),
  };
}

function isMore(pending: Pending, than: Amount): boolean {
  return pending.changes > than.changes || pending.bytes > than.bytes;
}
