import { closeSync, fstatSync, openSync, rmSync, writeSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { Fault, messageOf } from '../../kernel/errors.ts';

/** Room kept free for the tables: what the journal has taken can be moved there, read and told while nothing new is taken. */
export interface Reserve {
  /** Sets so many bytes aside, or leaves more where there are more. Raises STORE_UNAVAILABLE where there is not so much room. */
  hold(bytes: number): void;
  /** Gives it to whoever writes next. */
  release(): void;
}

const blockBytes = 1024 * 1024;

/** A file beside the database, as long as the room; gone where the disk is full. */
export function diskReserve(file: string): Reserve {
  const path = `${file}.reserve`;
  return {
    hold(bytes) {
      try {
        const handle = openSync(path, 'a');
        try {
          const block = Buffer.alloc(blockBytes);
          for (let held = fstatSync(handle).size; held < bytes; held += writeSync(handle, block, 0, Math.min(blockBytes, bytes - held)));
        } finally {
          closeSync(handle);
        }
      } catch (cause) {
        rmSync(path, { force: true });
        throw new Fault('STORE_UNAVAILABLE', `Cannot keep ${bytes} bytes free beside ${file}: ${messageOf(cause)}.`, { file }, cause);
      }
    },
    release: () => rmSync(path, { force: true }),
  };
}

/** A part of the size that the database may grow to. */
export function sizeReserve(database: DatabaseSync, pagesMax: number): Reserve {
  const setMax = (pages: number): void => database.exec(`PRAGMA max_page_count = ${pages}`);
  return { hold: () => setMax(Math.floor(pagesMax * 0.7)), release: () => setMax(pagesMax) };
}
