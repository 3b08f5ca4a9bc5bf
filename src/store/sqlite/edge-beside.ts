import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '../../kernel/errors.ts';
import { storeFault } from './database.ts';

/** Reads an edge's file beside the edge that may be at work on it. Raises NOT_FOUND where there is no such file, and STORE_UNAVAILABLE. */
export function readBeside<Value>(file: string, read: (database: DatabaseSync) => Value): Value {
  if (!existsSync(file)) throw new Fault('NOT_FOUND', `No edge has kept anything in ${file}.`, { file });
  try {
    using database = new DatabaseSync(file, { readOnly: true });
    return read(database);
  } catch (error) {
    throw storeFault(error, file);
  }
}
