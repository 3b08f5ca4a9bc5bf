// What the tests of the index of keys open, also in a process of its own: appends events to the file that is named to it, one and its run a commit, until it is killed.
import { hubMigrations } from '../migrations/hub.ts';
import { eventAppend, runStart } from '../store-samples.ts';
import type { Change, ChangeResult } from '../store.ts';
import type { BucketShape } from './bucket.ts';
import { changeResult, changeRow } from './change-row.ts';
import { compaction } from './compaction.ts';
import { openDatabase } from './database.ts';
import { hubReader } from './hub-reader.ts';
import { hubWriter } from './hub-writer.ts';
import type { KeyIndexOptions } from './key-index.ts';

/** Buckets that are full after 16 events, so that a few hundred fill many. */
export const smallShape = { events: 16, chunks: 4, part: 4 } as const;

export interface OpenedOptions {
  readonly shape?: BucketShape;
  /** Changes that wait for the tables, at most. */
  readonly refusedChanges?: number;
}

/** A hub's store in this thread, which moves to its tables every few commits. */
export function openedEvents(file: string, hash?: KeyIndexOptions['hash'], { shape = smallShape, refusedChanges = 400 }: OpenedOptions = {}) {
  let reservedMost = 0;
  const { database, close } = openDatabase({ file, migrations: hubMigrations, cacheKiB: 1_000 });
  const writer = hubWriter({
    file,
    database,
    reserve: {
      hold(bytes) {
        reservedMost = Math.max(reservedMost, bytes);
        return 0;
      },
      release: () => undefined,
    },
    limits: { kept: { changes: 6, bytes: 1e6 }, sliceChanges: 5, moved: { changes: 30, bytes: 1e6 }, refused: { changes: refusedChanges, bytes: 1e6 } },
    fileBytes: 4_000,
    index: { shape, ...(hash && { hash }) },
  });
  return {
    database,
    writer,
    reader: hubReader(database, writer.seqOfRun),
    compact: compaction(database),
    /** Makes one commit of them. */
    commit(changes: readonly Change[]): readonly ChangeResult[] {
      const numbers = writer.commit(JSON.stringify(changes.map(changeRow)));
      return changes.map((change, index) => changeResult(change, numbers, index));
    },
    /** Bytes that were to be kept free, at most. */
    reservedMost: () => reservedMost,
    /** As a process ends that is killed: nothing is brought to the tables. */
    leave() {
      writer.close();
      close();
    },
  };
}

if (process.argv[1] === import.meta.filename) {
  const [, , file = '', from = ''] = process.argv;
  const events = openedEvents(file);
  for (let number = Number(from); ; number += 1) {
    const [result] = events.commit([eventAppend(`e${number}`), runStart(`r${number}`)]);
    events.writer.ease();
    process.stdout.write(`${number} ${result?.position}\n`);
  }
}
