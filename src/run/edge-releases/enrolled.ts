import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hubList } from '../../engine/edge/hub-list.ts';
import { Fault } from '../../kernel/errors.ts';
import { hubClient } from '../hub-client.ts';
import { prepare } from '../preparation.ts';
import { realClock } from '../real-clock.ts';
import { shareDependencies } from '../release-shelf.ts';
import type { TlsPaths } from '../tls/tls-files.ts';
import { openEdgeSeat, type EdgeSeatParts } from './edge-seat.ts';
import { offeredRelease } from './offered.ts';
import { pinnedKey } from './release-key.ts';

export interface EnrolledParts extends Pick<EdgeSeatParts, 'folder' | 'start' | 'log'> {
  /** The file with the hub's public key. */
  readonly pin: string;
  readonly dataDir: string;
  readonly hubUrls: readonly string[];
  readonly key: string;
  readonly tls: TlsPaths | undefined;
  readonly following: { readonly askEveryMs: number; readonly trialMs: number };
}

/** Starts an edge that takes its landscape from its hub. Raises what its landscape does, and ENVIRONMENT_INVALID where the key is none. */
export async function enrolledEdge({ pin, dataDir, folder, start, hubUrls, key, tls, log, following }: EnrolledParts): Promise<{ close(): Promise<void> }> {
  const publicKey = await pinnedKey(pin);
  if (!publicKey) throw new Fault('ENVIRONMENT_INVALID', `The file ${pin} cannot be read. Enrol this edge again.`, { file: pin });
  const dir = join(dataDir, 'releases');
  await mkdir(dir, { recursive: true });
  shareDependencies(dir, folder);
  const client = hubClient(tls);
  const hubs = hubList(hubUrls);
  try {
    const seat = await openEdgeSeat({
      dir,
      folder,
      log,
      clock: realClock,
      ...following,
      async start(place) {
        await prepare(place);
        return start(place);
      },
      async offered(have, signal) {
        const url = hubs.current();
        try {
          return await offeredRelease({ hubs, send: client.send, key, pin: publicKey, clock: realClock }, have, signal);
        } catch (error) {
          if (error instanceof Fault && error.code !== 'RELEASE_NOT_SIGNED') hubs.failed(url);
          throw error;
        }
      },
    });
    return {
      async close() {
        await seat.close();
        await client.close();
      },
    };
  } catch (error) {
    await client.close();
    throw error;
  }
}
