import { eventKey } from './pending.ts';

/** A table whose rows have numbers without gaps, given in the order of commits, and are found by a key of texts. */
export interface KeyedTable {
  /** Its name, and what the tables and cursors begin with that its keys are found by. */
  readonly name: 'event' | 'run';
  /** The column of its number. */
  readonly number: string;
  /** The columns of its key. */
  readonly columns: readonly string[];
  /** One text for each key; what is hashed of it is stored, so that it is never changed. */
  keyOf(...key: readonly string[]): string;
}

export const keyedEvents: KeyedTable = { name: 'event', number: 'position', columns: ['source', 'id'], keyOf: (source = '', id = '') => eventKey(source, id) };
export const keyedRuns: KeyedTable = { name: 'run', number: 'seq', columns: ['id'], keyOf: (id = '') => id };
