// The thread of the hub's store: opens the database named in its data and answers for `openSqliteStore`.
import { workerData } from 'node:worker_threads';
import { hubMigrations } from '../migrations/hub.ts';
import type { ChangeRow } from './change-row.ts';
import { openDatabase, storeFault } from './database.ts';
import { hubReader } from './hub-reader.ts';
import { hubWriter } from './hub-writer.ts';
import { serve, type Service } from './thread-service.ts';

/** What the thread is started with. */
export interface HubThreadData {
  readonly file: string;
  readonly cacheKiB: number;
  readonly bytesMax: number | undefined;
}

serve((): Service => {
  // `openSqliteStore` is the only one that starts this file.
  const { file, cacheKiB, bytesMax } = workerData as HubThreadData;
  const { database, close } = openDatabase({ file, migrations: hubMigrations, cacheKiB, bytesMax });
  const writer = hubWriter(database);
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
    ...Object.entries(hubReader(database)).map(([name, read]) => [name, translated(read)] as const),
    ['commit', translated((rows: readonly ChangeRow[]) => writer.commit(rows))],
    ['close', close],
  ]);
});
