import type { Principal } from './key-ring.ts';

/** A session of a signed-in browser as it is kept: never the session itself. */
export interface SessionRecord {
  /** SHA-256 of the session, hex. */
  readonly hash: string;
  readonly principal: Principal;
  /** Epoch milliseconds. */
  readonly expiresMs: number;
}

/** Where sessions outlive the process. */
export interface SessionShelf {
  /** What an earlier process kept. */
  kept(): Promise<readonly SessionRecord[]>;
  /** Resolves when these, and no others, are there after a crash too. Raises STORE_UNAVAILABLE. */
  keep(sessions: readonly SessionRecord[]): Promise<void>;
}
