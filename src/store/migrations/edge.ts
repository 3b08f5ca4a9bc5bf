import { edge001 } from './edge-001.ts';
import { edge002 } from './edge-002.ts';
import { edge003 } from './edge-003.ts';
import { edge004 } from './edge-004.ts';
import { edge005 } from './edge-005.ts';
import { edge006 } from './edge-006.ts';
import type { Migration } from './migration.ts';

/** The layouts of the edge's store, oldest first. */
export const edgeMigrations: readonly Migration[] = [edge001, edge002, edge003, edge004, edge005, edge006];
