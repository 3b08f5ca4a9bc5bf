import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Fault, messageOf } from '../kernel/errors.ts';
import { route, type Route } from './route.ts';

/** A copy of the hub's log as it was at one moment. */
export interface Backup {
  bytes(): AsyncIterable<Uint8Array>;
  /** It is not needed any more, whether it got through or not. */
  discard(): Promise<void>;
}

export interface Backups {
  /** Raises CONFLICT while another one is made, and STORE_UNAVAILABLE. */
  make(): Promise<Backup>;
}

export interface BackupRouteParts {
  /** Undefined where the log lies on a database server. */
  readonly backups: Backups | undefined;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

/** Makes a backup while the hub works. */
export function backupRoutes({ backups, log }: BackupRouteParts): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/backups',
      group: 'backups',
      summary: 'A backup of the log as it is now: one line of JSON that tells what it is, then the bytes of the database.',
      right: 'back-up',
      async serve() {
        if (!backups) throw new Fault('BACKUP_ELSEWHERE', "This hub's log lies on a PostgreSQL server.");
        const backup = await backups.make();
        return {
          stream(response) {
            response.writeHead(200, { 'content-type': 'application/octet-stream' });
            void sent(backup, response, log);
          },
        };
      },
    }),
  ];
}

/** Where it breaks off, so does the response: nobody takes half of it for a whole. */
async function sent(backup: Backup, response: ServerResponse, log: BackupRouteParts['log']): Promise<void> {
  try {
    await pipeline(Readable.from(backup.bytes()), response);
  } catch (error) {
    log('a backup did not get through', { error: messageOf(error) });
  }
  await backup.discard().catch((error: unknown) => log('the copy of a backup cannot be removed', { error: messageOf(error) }));
}
