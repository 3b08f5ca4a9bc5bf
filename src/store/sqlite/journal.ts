import { closeSync, fdatasyncSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { Fault, messageOf } from '../../kernel/errors.ts';

/** One commit as it lies in the journal. */
export interface JournalEntry {
  readonly seq: number;
  /** JSON text of its list of `ChangeRow`. */
  readonly body: string;
}

/** The commits that are durable and not yet in the tables. What the disk refuses is raised as STORE_UNAVAILABLE. */
export interface Journal {
  /** Everything after commit `seq`, oldest first. */
  after(seq: number): readonly JournalEntry[];
  /** The next one: durable on return, not there where it throws. */
  append(entry: JournalEntry): void;
  /** The tables hold everything up to commit `seq`. */
  forget(seq: number): void;
  close(): void;
}

export interface JournalOptions {
  /** The database that it belongs to; the journal's two files lie beside it. */
  readonly file: string;
  /** A number of that database alone: what another one wrote is no entry. */
  readonly mark: number;
  /** Makes durable what the tables hold, because entries that they hold will be written over. */
  readonly secureTables: () => void;
  /** A file is left for the other one when it is longer, if that has nothing any more that the tables lack. */
  readonly fileBytes?: number;
}

interface Part {
  readonly path: string;
  readonly handle: number;
  /** The highest number in it, 0 for none. */
  last: number;
}

/** Length of the body, checksum, number of the commit. */
const headBytes = 16;

/** The names of the two files, behind that of the database. */
export const journalSuffixes = ['.journal-1', '.journal-2'] as const;

/**
 * Two files that are written over in turn: a write that makes no file longer is durable without the file system's own journal. An entry
 * says its length, number and checksum, so that one that was not whole when the power went is none; the next one takes its place.
 */
export function openJournal({ file, mark, secureTables, fileBytes = 4 * 1024 * 1024 }: JournalOptions): Journal {
  const first = opened(file + journalSuffixes[0]);
  const second = opened(file + journalSuffixes[1]);
  let current: Part = first;
  let other: Part = second;
  /** Where the next entry goes. */
  let at = 0;
  let forgotten = 0;
  let buffer = Buffer.alloc(64 * 1024);

  function written(bytes: Buffer): void {
    for (let done = 0; done < bytes.length;) done += writeSync(current.handle, bytes, done, bytes.length - done, at + done);
  }

  /** What was written may be whole, though nobody is told that it is durable. */
  function takeBack(): void {
    try {
      written(Buffer.alloc(headBytes));
    } catch (cause) {
      throw unavailable(current.path, cause);
    }
  }

  function turnOver(): void {
    if (at < fileBytes || other.last > forgotten) return;
    secureTables();
    [current, other] = [other, current];
    current.last = 0;
    at = 0;
  }

  return {
    after(seq) {
      const found: JournalEntry[] = [];
      const ends = new Map<Part, number>();
      for (const part of [first, second]) {
        const { entries, end } = entriesOf(part, mark, seq);
        part.last = entries.at(-1)?.seq ?? 0;
        ends.set(part, end);
        for (const entry of entries) if (entry.seq > seq) found.push(entry);
      }
      [current, other] = first.last >= second.last ? [first, second] : [second, first];
      at = ends.get(current) ?? 0;
      forgotten = seq;
      found.sort((one, next) => one.seq - next.seq);
      for (const [index, entry] of found.entries()) if (entry.seq !== seq + 1 + index) throw damaged(file, seq + 1 + index);
      return found;
    },
    append({ seq, body }) {
      turnOver();
      const length = Buffer.byteLength(body);
      if (buffer.length < headBytes + length) buffer = Buffer.alloc(2 * (headBytes + length));
      buffer.writeUInt32LE(length, 0);
      buffer.writeDoubleLE(seq, 8);
      buffer.write(body, headBytes);
      buffer.writeUInt32LE(sumOf(buffer, 0, length, mark), 4);
      try {
        written(buffer.subarray(0, headBytes + length));
        fdatasyncSync(current.handle);
      } catch (cause) {
        takeBack();
        throw unavailable(current.path, cause);
      }
      at += headBytes + length;
      current.last = seq;
    },
    forget(seq) {
      forgotten = seq;
    },
    close() {
      closeSync(first.handle);
      closeSync(second.handle);
    },
  };
}

function opened(path: string): Part {
  try {
    const handle = openSync(path, 'a+');
    closeSync(handle);
    syncFolder(dirname(path));
    return { path, handle: openSync(path, 'r+'), last: 0 };
  } catch (cause) {
    throw unavailable(path, cause);
  }
}

/** A new file's name is durable with its folder; where a folder cannot be opened, as on Windows, it needs nothing. */
function syncFolder(folder: string): void {
  let handle: number;
  try {
    handle = openSync(folder, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The whole entries at the beginning of a file, and where they end. Raises STORE_UNAVAILABLE where one after `seq` is broken and another follows it. */
function entriesOf({ path }: Part, mark: number, seq: number): { readonly entries: readonly JournalEntry[]; readonly end: number } {
  const bytes = readFileSync(path);
  const entries: JournalEntry[] = [];
  let end = 0;
  for (let last = 0; ; last = entries.at(-1)?.seq ?? 0) {
    const entry = entryAt(bytes, end, mark);
    // What follows the last entry is left of the time before the file was written over.
    if (entry === undefined || entry.seq <= last) break;
    entries.push(entry);
    end += headBytes + bytes.readUInt32LE(end);
  }
  const next = end + headBytes <= bytes.length ? end + headBytes + bytes.readUInt32LE(end) : bytes.length;
  const beyond = entryAt(bytes, next, mark);
  const last = entries.at(-1)?.seq ?? 0;
  if (beyond !== undefined && beyond.seq === last + 2 && last + 1 > seq) throw damaged(path, last + 1);
  return { entries, end };
}

function entryAt(bytes: Buffer, at: number, mark: number): JournalEntry | undefined {
  if (at + headBytes > bytes.length) return undefined;
  const length = bytes.readUInt32LE(at);
  if (length === 0 || at + headBytes + length > bytes.length) return undefined;
  if (bytes.readUInt32LE(at + 4) !== sumOf(bytes, at, length, mark)) return undefined;
  return { seq: bytes.readDoubleLE(at + 8), body: bytes.toString('utf8', at + headBytes, at + headBytes + length) };
}

/** Of the number and the body, for one database. */
function sumOf(bytes: Buffer, at: number, length: number, mark: number): number {
  return crc32(bytes.subarray(at + 8, at + headBytes + length), mark);
}

function unavailable(path: string, cause: unknown): Fault {
  return new Fault('STORE_UNAVAILABLE', `Cannot use ${path}: ${messageOf(cause)}.`, { file: path }, cause);
}

function damaged(path: string, seq: number): Fault {
  return new Fault(
    'STORE_UNAVAILABLE',
    `${path} is damaged: commit ${seq} cannot be read, and later ones can. Restore a backup, or set the journal aside and lose what was in it.`,
    {
      file: path,
      commit: seq,
    },
  );
}
