import { integer, text } from '../row.ts';
import type { Change } from '../store.ts';
import type { Session, Statement } from './session.ts';

/** A commit as it is durable before the tables say it. */
export interface JournalEntry {
  readonly changes: readonly Change[];
  readonly chars: number;
}

/** Commits that are read back at once. */
const pageRows = 16;

/** A commit as its text, and its changes as they will be read from it: with names that UTF-8 can hold, which is how the tables compare them. */
export function journalled(changes: readonly Change[]): { readonly body: string; readonly changes: readonly Change[] } {
  const body = JSON.stringify(changes);
  // JSON writes half a surrogate pair as an escape, and no other character like that.
  if (!body.includes('\\ud')) return { body, changes };
  // The changes with other texts.
  const wellFormed = JSON.parse(body, (_name, value: unknown) => (typeof value === 'string' ? value.toWellFormed() : value)) as readonly Change[];
  return { body: JSON.stringify(wellFormed), changes: wellFormed };
}

/** In the transaction that writes the tables. */
export function dropFromJournal(through: number): Statement {
  return { name: 'drop-journal', text: 'DELETE FROM journal WHERE batch <= $1', values: [through] };
}

/**
 * Gives the room of what was dropped back to those who come. The server's own vacuum looks once a minute, and a flood writes a gigabyte
 * meanwhile. It waits for nobody: where another one is at it, there is no need.
 */
export const vacuumJournal: Statement = { text: 'VACUUM (SKIP_LOCKED, TRUNCATE false) journal' };

/** What is in the journal, oldest first. Asked by whoever holds the database: nobody else changes it. */
export async function* readJournal(session: Session): AsyncGenerator<JournalEntry> {
  for (let after = 0; ;) {
    const { rows } = await session.ask({ text: 'SELECT batch, body FROM journal WHERE batch > $1 ORDER BY batch LIMIT $2', values: [after, pageRows] });
    for (const row of rows) {
      after = integer(row, 'batch');
      const body = text(row, 'body');
      // journalled() made it.
      yield { changes: JSON.parse(body) as readonly Change[], chars: body.length };
    }
    if (rows.length < pageRows) return;
  }
}
