import { hubPostgres001 } from './hub-postgres-001.ts';
import { hubPostgres002 } from './hub-postgres-002.ts';
import { hubPostgres003 } from './hub-postgres-003.ts';
import { hubPostgres004 } from './hub-postgres-004.ts';
import { hubPostgres005 } from './hub-postgres-005.ts';
import { hubPostgres006 } from './hub-postgres-006.ts';
import type { Migration } from './migration.ts';

/** The layouts of the hub's store on PostgreSQL, oldest first. */
export const hubPostgresMigrations: readonly Migration[] = [hubPostgres001, hubPostgres002, hubPostgres003, hubPostgres004, hubPostgres005, hubPostgres006];
