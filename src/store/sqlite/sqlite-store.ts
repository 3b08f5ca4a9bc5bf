import { extname } from 'node:path';
import type { EventRecord, Store, StoreReads } from '../store.ts';
import { changeResult, changeRow, type ResultNumbers } from './change-row.ts';
import { eventsFrom, stepsFrom, type PageTexts } from './page-text.ts';
import type { HubThreadData } from './sqlite-worker.ts';
import { openThread } from './store-thread.ts';

export interface SqliteStoreOptions {
  /** Largest size of the database file in bytes; beyond it commits are refused with STORE_UNAVAILABLE. Default: what the disk holds. */
  readonly bytesMax?: number;
  /** Page cache in KiB. */
  readonly cacheKiB?: number;
  /** Length at which one of the journal's two files is left for the other, in bytes. */
  readonly journalBytes?: number;
}

/** Commits and reads that wait for the store's thread at once; one more is refused with OVERLOADED. */
const callsMax = 10_000;
const heapMiB = 512;

/**
 * Opens the hub's store in `file` (made, with its directory, where missing), alone. A commit is durable when it resolves.
 * Raises DATA_DIR_IN_USE, STORE_NEWER, STORE_DIVERGED, STORE_UNAVAILABLE.
 */
export async function openSqliteStore(file: string, options: SqliteStoreOptions = {}): Promise<Store> {
  const data: HubThreadData = { file, cacheKiB: options.cacheKiB ?? 16 * 1024, bytesMax: options.bytesMax, journalBytes: options.journalBytes };
  const thread = await openThread(new URL(`./sqlite-worker${extname(import.meta.url)}`, import.meta.url), data, { callsMax, heapMiB });
  // The thread answers with `HubReader` and `PageTexts`, the first of which is derived from the port; only the border between the threads forgets the types.
  const read = <Name extends keyof StoreReads | 'compact'>(name: Name): Store[Name] => ((...args: readonly unknown[]) => thread.call(name, args)) as Store[Name];
  /** Commits are numbered as they are asked for, and each says which one it follows: where that one was refused, it is too. */
  let asked = 0;
  let made = 0;
  let newest = 0;
  return {
    overlapping: true,
    async commit(changes) {
      if (changes.length === 0) return [];
      const number = (asked += 1);
      const follows = newest;
      newest = number;
      try {
        // `hubWriter` gives these numbers for these rows.
        const numbers = (await thread.call('commit', [JSON.stringify(changes.map(changeRow)), number, follows])) as ResultNumbers;
        made = number;
        return changes.map((change, index) => changeResult(change, numbers, index));
      } catch (error) {
        newest = made;
        throw error;
      }
    },
    compact: read('compact'),
    event: read('event'),
    // What `pageTexts` answers.
    eventsAt: async (positions) => eventsFrom((await thread.call('eventsText', [positions])) as ReturnType<PageTexts['eventsText']>),
    eventsAfter: read('eventsAfter'),
    eventsLatest: read('eventsLatest'),
    // Each of thousands of runs that wait looks back after a restart. The answer is `HubReader`'s, as in `read`.
    eventsMatching: async (filter) => (await thread.callTogether('eventsMatching', [filter])) as readonly EventRecord[],
    lastPosition: read('lastPosition'),
    cursor: read('cursor'),
    run: read('run'),
    runs: read('runs'),
    liveRuns: read('liveRuns'),
    releasesInUse: read('releasesInUse'),
    steps: read('steps'),
    // What `pageTexts` answers.
    stepsOf: async (runs) => stepsFrom((await thread.call('stepsTexts', [runs])) as ReturnType<PageTexts['stepsTexts']>, runs),
    stepMarks: read('stepMarks'),
    openEffects: read('openEffects'),
    effects: read('effects'),
    decisions: read('decisions'),
    exception: read('exception'),
    exceptions: read('exceptions'),
    openNotices: read('openNotices'),
    quarantined: read('quarantined'),
    audit: read('audit'),
    release: read('release'),
    releases: read('releases'),
    byKey: read('byKey'),
    counts: read('counts'),
    close: () => thread.close(),
  };
}
