import { statSync } from 'node:fs';
import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { gauge, type Family } from '../engine/metrics/exposition.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';

/**
 * Watches the write-ahead log of an SQLite database: it cannot be begun anew while a program reads an old state of the tables, so one that
 * never ends its read would let it fill the disk.
 */
export interface WriteAheadLog {
  /** Why nothing new may be taken in; undefined while there is room. */
  full(): string | undefined;
  /** Its length, as of the last second. */
  bytes(): number;
  families(): readonly Family[];
  /**
   * Begins to look. `touch` writes something small through to the tables, another thing at each look: only a commit there moves the log to
   * the tables and cuts it back.
   */
  start(touch: (look: number) => Promise<void>): void;
  close(): void;
}

/** How long it may become, in bytes. */
export interface WriteAheadLogBounds {
  /** It is told who reads. Beyond what the store itself lets it grow to, and below what a backup may. */
  readonly toldBytes: number;
  /** Nothing new is taken in until it is shorter than `toldBytes` again. */
  readonly fullBytes: number;
}

export interface WriteAheadLogParts {
  /** The database. */
  readonly file: string;
  readonly clock: Clock;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  readonly bounds?: WriteAheadLogBounds | undefined;
  /** Looks at which it may be that long before it counts, as after a burst: it is touched meanwhile. */
  readonly patience?: number;
  /** Called when `full` says something else. */
  readonly onChange?: () => void;
}

const MiB = 1024 * 1024;
const defaultBounds: WriteAheadLogBounds = { toldBytes: 256 * MiB, fullBytes: 2048 * MiB };
const lookMs = 1_000;
const holdersMax = 5;

export function writeAheadLog({ file, clock, log, bounds = defaultBounds, patience = 0, onChange }: WriteAheadLogParts): WriteAheadLog {
  const { toldBytes, fullBytes } = bounds;
  let bytes = 0;
  let told = false;
  let full: string | undefined;
  let closed = false;
  let looks = 0;
  /** Looks in a row at which it was long. */
  let long = 0;
  let touching = false;
  let cancel = (): void => undefined;

  async function tell(): Promise<void> {
    const readers = await readersOf(file);
    if (full !== undefined) {
      full = fullWords(`${readers} an old state of the database and does not end`);
      onChange?.();
    }
    const words = `${file}-wal has grown to ${mebibytes(bytes)} MiB, because ${readers} an old state of the database and does not end`;
    const later = `From ${mebibytes(fullBytes)} MiB on nothing new is taken in.`;
    log(`${words}; end that read. ${full === undefined ? later : 'Nothing new is taken in until then.'}`, { file, bytes, urgent: true });
  }

  async function look(): Promise<void> {
    bytes = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    long = bytes >= toldBytes ? long + 1 : 0;
    if (full === undefined && bytes >= fullBytes && long > patience) {
      full = fullWords('another program reads an old state of the database');
      told = true;
      await tell();
    } else if (!told && long > patience) {
      told = true;
      await tell();
    } else if (told && bytes < toldBytes) {
      if (full !== undefined) log('the write-ahead log is short again; what is new is taken in', { file, bytes, urgent: true });
      told = false;
      if (full === undefined) return;
      full = undefined;
      onChange?.();
    }
  }

  function fullWords(why: string): string {
    return `The write-ahead log of ${file} has ${bytes} bytes (limit ${fullBytes}), because ${why}.`;
  }

  async function round(touch: (look: number) => Promise<void>): Promise<void> {
    try {
      await look();
      looks += 1;
      if (long === 0 || touching) return;
      touching = true;
      try {
        await touch(looks);
      } finally {
        touching = false;
      }
    } catch (error) {
      log('the write-ahead log cannot be looked after', { file, reason: messageOf(error) });
    }
  }

  function begin(touch: (look: number) => Promise<void>): void {
    if (closed) return;
    cancel = clock.after(lookMs, () => {
      void round(touch);
      begin(touch);
    });
  }

  return {
    full: () => full,
    bytes: () => bytes,
    families: () => [
      gauge('lineshaft_store_wal_bytes', 'Length of the write-ahead log of the database, as of the last second.', bytes),
      gauge('lineshaft_store_wal_max_bytes', 'From this length on nothing new is taken in: a program reads an old state of the database and does not end.', fullBytes),
    ],
    start: begin,
    close() {
      closed = true;
      cancel();
    },
  };
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / MiB);
}

/** Who has the database open besides this process, as the begin of a sentence. */
async function readersOf(file: string): Promise<string> {
  const found = await holdersOf(file);
  if (found === undefined) return 'a program (this system does not tell which) reads';
  if (found.length === 0) return 'a backup, or a program of another user, reads';
  return `${found.join(', ')} ${found.length === 1 ? 'reads' : 'or one of them reads'}`;
}

/** Processes that have the file open, where the system tells: Linux. Those of other users are seen by root only. */
async function holdersOf(file: string): Promise<readonly string[] | undefined> {
  const path = await realpath(file);
  const all = await namesIn('/proc');
  if (all.length === 0) return undefined;
  const found: string[] = [];
  for (const pid of all.filter((name) => /^\d+$/.test(name) && name !== String(process.pid))) {
    for (const handle of await namesIn(`/proc/${pid}/fd`)) {
      // A handle or a process may be gone by now.
      if ((await readlink(`/proc/${pid}/fd/${handle}`).catch(() => '')) !== path) continue;
      const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
      found.push(`process ${pid} (${name.trim()})`);
      break;
    }
    if (found.length === holdersMax) break;
  }
  return found;
}

/** Nothing where there is no such folder, or this user may not look into it. */
async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
