import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Store } from '../store.ts';
import type { StoreSubject } from '../store-subject.ts';
import { storeSuite } from '../store-suite.ts';
import { openSqliteStore } from './sqlite-store.ts';

async function subject(): Promise<StoreSubject & { readonly file: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'lineshaft-store-'));
  const file = join(folder, 'data', 'hub.db');
  let store: Store = await openSqliteStore(file);
  return {
    file,
    store,
    async reopen() {
      await store.close();
      store = await openSqliteStore(file);
      return store;
    },
    async dispose() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

storeSuite('sqlite', subject, { describe, test, expect });
