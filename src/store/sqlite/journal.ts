import type { DatabaseSync } from 'node:sqlite';
import { integer, text } from '../row.ts';

/** One commit as it lies in the journal. */
export interface JournalEntry {
  readonly seq: number;
  /** JSON text of its list of `ChangeRow`. */
  readonly body: string;
}

/** The commits that are durable and not yet in the tables. */
export interface Journal {
  /** Durable on return. */
  append(entry: JournalEntry): void;
  /** Oldest first. */
  entries(): readonly JournalEntry[];
  /** Drops what is in the tables: everything up to `seq`. */
  forget(seq: number): void;
}

export function journal(database: DatabaseSync): Journal {
  const add = database.prepare('INSERT INTO journal (seq, body) VALUES (?, ?)');
  const all = database.prepare('SELECT seq, body FROM journal ORDER BY seq');
  const drop = database.prepare('DELETE FROM journal WHERE seq <= ?');
  return {
    append: ({ seq, body }) => void add.run(seq, body),
    entries: () => all.all().map((row) => ({ seq: integer(row, 'seq'), body: text(row, 'body') })),
    forget: (seq) => void drop.run(seq),
  };
}
