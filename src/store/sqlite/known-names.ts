import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { integer, text, textOrNone, type Row } from '../row.ts';
import { nameFilter } from './name-filter.ts';
import { revisionSubject } from './pending.ts';

/**
 * Which subjects of revisions the tables may hold. Most effects are the first on their entity: without this, each would be
 * looked for in two indexes.
 */
export interface KnownNames {
  /** Adds a name; false where neither the tables nor an earlier commit of this process have it. */
  meet(name: string): boolean;
  /** Learns some of what was in the tables before; whether there is more. Until all of it is learnt, any name may be known. */
  learn(): boolean;
}

/** Names that are in the tables, in the order of their places. */
interface Source {
  readonly rows: StatementSync;
  after: number | string;
  readonly nameOf: (row: Row) => string;
  readonly placeOf: (row: Row) => number | string;
}

/** Rows that are learnt in one go, while which a commit waits: a millisecond. */
const slice = 2_000;

export function knownNames(database: DatabaseSync): KnownNames {
  const filter = nameFilter();
  const sources: Source[] = [
    {
      rows: database.prepare("SELECT seq, name, entity FROM step WHERE seq > ? AND kind = 'effect' ORDER BY seq LIMIT ?"),
      after: 0,
      nameOf: (row) => revisionSubject(text(row, 'name'), textOrNone(row, 'entity') ?? null),
      placeOf: (row) => integer(row, 'seq'),
    },
    {
      rows: database.prepare('SELECT subject FROM packed_revision WHERE subject > ? ORDER BY subject LIMIT ?'),
      after: '',
      nameOf: (row) => text(row, 'subject'),
      placeOf: (row) => text(row, 'subject'),
    },
  ];

  return {
    meet: (name) => filter.meet(name) || sources.length > 0,
    learn() {
      for (let [source] = sources; source !== undefined; [source] = sources) {
        const rows = source.rows.all(source.after, slice);
        for (const row of rows) filter.meet(source.nameOf(row));
        const last = rows.at(-1);
        if (last !== undefined) source.after = source.placeOf(last);
        if (rows.length === slice) return true;
        sources.shift();
      }
      return false;
    },
  };
}
