import { sleep, type Clock } from '../../kernel/clock.ts';
import type { Row } from '../row.ts';
import type { Read } from './hub-reader.ts';
import type { Session } from './session.ts';
import { storeFault, troubleOf } from './trouble.ts';

export const readerSettings = { default_transaction_read_only: 'on', jit: 'off' };
/** How long a read waits for a database that is away before it is refused, in milliseconds: flows that wait for one can do nothing else. */
export const readPatienceMs = 600_000;
export const readRetryMs = 250;

export interface StoreReader {
  readonly read: Read;
  close(): Promise<void>;
}

/** Reads on a connection of their own; one that loses it is asked again, since it changes nothing. */
export function readerOn(connect: () => Promise<Session>, clock: Clock, place: string): StoreReader {
  let session: Promise<Session> | undefined;
  const statements = new Map<string, { readonly name: string; readonly text: string }>();
  const statementOf = (sql: string): { readonly name: string; readonly text: string } => {
    let count = 0;
    const known = statements.get(sql) ?? { name: `read-${statements.size + 1}`, text: sql.replaceAll('?', () => `$${(count += 1)}`) };
    statements.set(sql, known);
    return known;
  };
  /** The connection, or a new one where it is gone; one attempt at a time, whoever asks. */
  async function connected(): Promise<Session> {
    const attempt = (session ??= connect());
    const forget = (): void => {
      if (session === attempt) session = undefined;
    };
    const current = await attempt.catch((error: unknown) => {
      forget();
      throw error;
    });
    if (current.alive) return current;
    forget();
    return connected();
  }
  return {
    async read(sql, values = []): Promise<readonly Row[]> {
      const untilMs = clock.steady() + readPatienceMs;
      for (;;) {
        try {
          const { rows } = await (await connected()).ask({ ...statementOf(sql), values });
          return rows;
        } catch (error) {
          const trouble = troubleOf(error);
          if (!['lost', 'unfit', 'again'].includes(trouble) || clock.steady() > untilMs) throw storeFault(error, place);
          await sleep(clock, readRetryMs);
        }
      }
    },
    async close() {
      await (await session?.catch(() => undefined))?.end();
    },
  };
}
