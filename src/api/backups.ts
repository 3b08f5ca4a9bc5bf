import { Fault } from '../kernel/errors.ts';
import { route, type Route } from './route.ts';
import { streamed, type Log } from './streamed.ts';

/** A copy of the hub's log as it was at one moment. */
export interface Backup {
  bytes(): AsyncIterable<Uint8Array>;
  /** It is not needed any more, whether it got through or not. Does not reject. */
  discard(): Promise<void>;
}

export interface Backups {
  /** Raises CONFLICT while another one is made, and STORE_UNAVAILABLE. */
  make(): Promise<Backup>;
}

export interface BackupRouteParts {
  /** Undefined where the log lies on a database server. */
  readonly backups: Backups | undefined;
  readonly log: Log;
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
            void streamed(response, 'application/octet-stream', backup.bytes(), log).then(async () => backup.discard());
          },
        };
      },
    }),
  ];
}
