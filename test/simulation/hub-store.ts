import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore } from '../../src/store/memory/memory-store.ts';
import { hubMigrations } from '../../src/store/migrations/hub.ts';
import { changeResult, changeRow } from '../../src/store/sqlite/change-row.ts';
import { openDatabase } from '../../src/store/sqlite/database.ts';
import { hubReader, type HubReader } from '../../src/store/sqlite/hub-reader.ts';
import { hubWriter } from '../../src/store/sqlite/hub-writer.ts';
import { diskReserve } from '../../src/store/sqlite/reserve.ts';
import type { Store } from '../../src/store/store.ts';

/** The store of a hub's machine, which every process of the hub opens. */
export interface HubStore extends Store, AsyncDisposable {
  /** Another process opens it; what the one before it left is as it left it. */
  reopen(): void;
}

/** In memory: what was committed is there, whoever asks. */
export function keptStore(): HubStore {
  return { ...memoryStore(), reopen: () => undefined, [Symbol.asyncDispose]: async () => undefined };
}

const cacheKiB = 2 * 1024;

/** A real SQLite file, asked in the very turn and not in a thread of its own: the timeline alone decides what is next. */
export async function diskStore(): Promise<HubStore> {
  const folder = await mkdtemp(join(tmpdir(), 'lineshaft-simulation-'));
  let opened = open(join(folder, 'hub.db'));
  const names = Object.keys(opened.reader) as readonly (keyof HubReader)[];
  const reads = names.map((name) => [
    name,
    async (...given: readonly never[]) => {
      opened.writer.settle();
      // The reader answers for the port's method of this name.
      return (opened.reader[name] as (...given: readonly never[]) => unknown)(...given);
    },
  ]);
  return {
    // Every method of the port but `commit` and `close`, see `HubReader`.
    ...(Object.fromEntries(reads) as Omit<Store, 'commit' | 'close'>),
    async commit(changes) {
      if (changes.length === 0) return [];
      const numbers = opened.writer.commit(JSON.stringify(changes.map(changeRow)));
      opened.writer.ease();
      return changes.map((change, index) => changeResult(change, numbers, index));
    },
    reopen() {
      // Nothing is settled: what lies in the journal is the next process's.
      opened.close();
      opened = open(join(folder, 'hub.db'));
    },
    close: async () => undefined,
    async [Symbol.asyncDispose]() {
      opened.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function open(file: string) {
  const { database, close } = openDatabase({ file, migrations: hubMigrations, cacheKiB });
  const writer = hubWriter({ file, database, reserve: diskReserve(file) });
  return {
    reader: hubReader(database, writer.seqOfRun),
    writer,
    close() {
      writer.close();
      close();
    },
  };
}
