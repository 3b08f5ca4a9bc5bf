import type { Store } from './store.ts';

/** A fresh, empty store for one test. */
export interface StoreSubject {
  readonly store: Store;
  /** Closes the store and opens what it left; only where the adapter keeps anything. */
  readonly reopen?: () => Promise<Store>;
  dispose(): Promise<void>;
}

/** A test of one open store, with a way to open it again where it has one. */
export type WithStore = (body: (store: Store, reopen: StoreSubject['reopen']) => Promise<void>) => () => Promise<void>;
