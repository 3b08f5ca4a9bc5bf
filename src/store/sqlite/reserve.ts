import { closeSync, fstatSync, openSync, rmSync, writeSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { integer } from '../row.ts';

/** Room kept free for the tables: what the journal has taken can be moved there, read and told while nothing new is taken. */
export interface Reserve {
  /** Sets so many bytes aside, or leaves more where there are more; gives how many it is sure of for later. Raises STORE_UNAVAILABLE where there is not so much room. */
  hold(bytes: number): number;
  /** Gives it to whoever writes next. */
  release(): void;
}

const blockBytes = 1024 * 1024;
/** Room is set aside in steps of so many bytes. */
const stepBytes = 256 * 1024;

/** A file beside the database, as long as the room; gone where the disk is full. */
export function diskReserve(file: string): Reserve {
  const path = `${file}.reserve`;
  return {
    hold(needed) {
      const bytes = Math.ceil(needed / stepBytes) * stepBytes;
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
      return bytes;
    },
    release: () => rmSync(path, { force: true }),
  };
}

/** A part of the size that the database may grow to: it is looked at each time, because the tables take of it. */
export function sizeReserve(database: DatabaseSync, pagesMax: number): Reserve {
  const used = database.prepare('SELECT page_count - freelist_count AS pages, page_size AS bytes FROM pragma_page_count, pragma_freelist_count, pragma_page_size');
  return {
    hold(bytes) {
      const { pages, bytes: pageBytes } = used.get() ?? {};
      const free = (pagesMax - integer({ pages }, 'pages')) * integer({ pageBytes }, 'pageBytes');
      if (free < bytes) throw new Fault('STORE_UNAVAILABLE', `The log may not grow by ${bytes} bytes: ${free} are left.`, { bytes, free });
      return 0;
    },
    release: () => undefined,
  };
}
