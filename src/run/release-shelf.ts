// The releases that runs are on besides the hub's own: kept in the store, laid out and loaded where a run needs them.
import { registerHooks } from 'node:module';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundled, unbundle } from '../engine/releases/bundle.ts';
import { loadLandscape } from '../engine/releases/load.ts';
import { releaseFiles } from '../engine/releases/release-files.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Landscape } from '../model/landscape.ts';
import type { Change, Store } from '../store/store.ts';

/** Releases loaded besides the hub's own: code once loaded stays in memory for the life of the process. */
const loadedMax = 8;
/** Bytes of a release's files that are kept. */
const bytesMax = 32 * 1024 * 1024;
/** Releases that are kept for a way back, although no run needs them. */
const sparedMax = 10;

export interface ReleaseShelfParts {
  readonly store: Store;
  /** The folder of the hub's own landscape. */
  readonly folder: string;
  readonly landscape: Landscape;
  /** Where earlier releases are laid out. */
  readonly dir: string;
  readonly nowMs: number;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

/** Keeps the hub's release, drops those that nobody needs any more, and gives the earlier ones that runs are on. */
export async function earlierReleases({ store, folder, landscape, dir, nowMs, log }: ReleaseShelfParts): Promise<readonly Landscape[]> {
  const kept = await store.releases();
  const needed = new Set(await store.releasesInUse());
  const changes: Change[] = [];
  if (!kept.some(({ release }) => release === landscape.release)) {
    const files = await releaseFiles(folder);
    const bytes = files.contents.values().reduce((sum, { length }) => sum + length, 0);
    if (files.release !== landscape.release) log('the landscape changed while it was loaded; its release is not kept', { release: landscape.release, urgent: true });
    else if (bytes > bytesMax)
      log(`the landscape's files are too large to be kept (${bytes} bytes, at most ${bytesMax}): runs that are open when it changes cannot finish on it`, { urgent: true });
    else changes.push({ change: 'release.keep', release: landscape.release, keptMs: nowMs, body: bundled(files) });
  }
  const spare = kept.filter(({ release }) => release !== landscape.release && !needed.has(release)).slice(sparedMax);
  for (const { release } of spare) changes.push({ change: 'release.drop', release });
  if (changes.length > 0) await store.commit(changes);
  needed.delete(landscape.release);
  if (needed.size === 0) return [];
  shareDependencies(dir, folder);
  const loaded: Landscape[] = [];
  for (const release of needed) {
    const record = await store.release(release);
    if (!record) {
      log('runs are on a release that is not kept: they go on with this one where their history fits', { release, urgent: true });
      continue;
    }
    if (loaded.length >= loadedMax) {
      log(`runs are on more than ${loadedMax} earlier releases: those of this one go on with the hub's own where their history fits`, { release, urgent: true });
      continue;
    }
    try {
      const place = join(dir, release);
      await unbundle(record.body, release, place);
      loaded.push(await loadLandscape(place));
      log('runs go on with the release that they began on', { release, kept: new Date(record.keptMs).toISOString() });
    } catch (error) {
      log('an earlier release cannot be loaded: its runs go on with this one where their history fits', { release, reason: messageOf(error), urgent: true });
    }
  }
  return loaded;
}

/** What earlier releases import by name is what the hub's landscape gets by that name: Lineshaft itself, and the packages beside it. */
export function shareDependencies(dir: string, folder: string): void {
  const within = pathToFileURL(dir + sep).href;
  const asIfFrom = pathToFileURL(join(folder, 'landscape.ts')).href;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const isName = !/^(\.|\/|[a-z]+:)/i.test(specifier);
      return nextResolve(specifier, isName && context.parentURL?.startsWith(within) ? { ...context, parentURL: asIfFrom } : context);
    },
  });
}
