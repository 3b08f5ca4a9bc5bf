import { hub001 } from './hub-001.ts';
import { hub002 } from './hub-002.ts';
import { hub003 } from './hub-003.ts';
import { hub004 } from './hub-004.ts';
import { hub005 } from './hub-005.ts';
import { hub006 } from './hub-006.ts';
import { hub007 } from './hub-007.ts';
import type { Migration } from './migration.ts';

export const hubMigrations: readonly Migration[] = [hub001, hub002, hub003, hub004, hub005, hub006, hub007];
