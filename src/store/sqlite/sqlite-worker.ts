// The thread of the hub's store: opens the database named in its data and answers for `openSqliteStore`.
import { workerData } from 'node:worker_threads';
import { Fault } from '../../kernel/errors.ts';
import { hubMigrations } from '../migrations/hub.ts';
import { compaction, type Compaction } from './compaction.ts';
import { openDatabase, storeFault } from './database.ts';
import { hubReader } from './hub-reader.ts';
import { hubWriter } from './hub-writer.ts';
import { pageTexts } from './page-text.ts';
import { diskReserve, sizeReserve } from './reserve.ts';
import { serve, type Service } from './thread-service.ts';

/** What the thread is started with. */
export interface HubThreadData {
  readonly file: string;
  readonly cacheKiB: number;
  readonly bytesMax: number | undefined;
  readonly journalBytes: number | undefined;
}

serve((): Service => {
  // `openSqliteStore` is the only one that starts this file.
  const { file, cacheKiB, bytesMax, journalBytes } = workerData as HubThreadData;
  const { database, pagesMax, close } = openDatabase({ file, migrations: hubMigrations, cacheKiB, bytesMax });
  const writer = hubWriter({ file, database, reserve: pagesMax === undefined ? diskReserve(file) : sizeReserve(database, pagesMax), fileBytes: journalBytes });
  const compact = compaction(database);
  /** What the environment refuses while the tables are brought up stays in the journal, and is met again by the next commit or read. */
  const tolerant = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(storeFault(error, file) instanceof Fault)) throw error;
    }
  };
  /** The number of the last commit that was made. */
  let made = 0;
  let easing = false;
  /** After the answer has gone out. */
  const easeLater = (): void => {
    if (easing) return;
    easing = true;
    setImmediate(() => {
      easing = false;
      tolerant(() => {
        if (writer.ease()) easeLater();
      });
    });
  };
  const settled =
    <Args extends readonly never[]>(read: (...args: Args) => unknown) =>
    (...args: Args): unknown => {
      writer.settle();
      return read(...args);
    };
  const translated =
    <Args extends readonly never[]>(work: (...args: Args) => unknown) =>
    (...args: Args): unknown => {
      try {
        return work(...args);
      } catch (error) {
        throw storeFault(error, file);
      }
    };
  return new Map<string, (...args: readonly never[]) => unknown>([
    ...Object.entries({ ...hubReader(database, writer.seqOfRun), ...pageTexts(database, writer.seqOfRun) }).map(([name, read]) => [name, translated(settled(read))] as const),
    [
      'commit',
      translated((body: string, number: number, follows: number) => {
        if (follows !== made) throw new Fault('STORE_UNAVAILABLE', `A commit is not made, because the one before was refused.`);
        const results = writer.commit(body);
        made = number;
        easeLater();
        return results;
      }),
    ],
    [
      'compact',
      translated(
        settled((...args: Parameters<Compaction>) => {
          const done = compact(...args);
          if (done.dropped > 0) writer.forget();
          return done;
        }),
      ),
    ],
    [
      'close',
      () => {
        try {
          tolerant(writer.settle);
        } finally {
          writer.close();
          close();
        }
      },
    ],
  ]);
});
