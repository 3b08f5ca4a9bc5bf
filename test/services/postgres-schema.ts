// Stores on a PostgreSQL that tests share, each in a schema of its own.
import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { realClock } from '../../src/run/real-clock.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import { openPostgresStore, type PostgresStoreOptions } from '../../src/store/postgres/postgres-store.ts';
import type { Store } from '../../src/store/store.ts';
import { query } from './own-postgres.ts';

export const url = process.env['LINESHAFT_POSTGRES'];

/** Other runs of this test may use the same server. */
export const freshSchema = (): string => `t${randomBytes(6).toString('hex')}`;

export function openAt(address: string, schema: string, over: Partial<PostgresStoreOptions> = {}): Promise<Store> {
  return openPostgresStore({ url: address, schema, hub: 'one', clock: realClock, ...over });
}

/** A schema on the shared server, gone after the test. */
export function sharedSchema(): string {
  const schema = freshSchema();
  onTestFinished(async () => void (await query(url ?? '', `DROP SCHEMA IF EXISTS ${schema} CASCADE`)));
  return schema;
}

/** For a hub that does nothing by itself, as one that is stopped or was killed does not. */
export const stillClock: Clock = { now: () => 0, steady: () => 0, at: () => () => undefined, after: () => () => undefined };
