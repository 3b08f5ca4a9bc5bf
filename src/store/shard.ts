import { hash } from 'node:crypto';
import type { StepStatus } from './store.ts';

/** Shards that a log may be divided into. */
export const shardsMax = 16;

/** The shard of a business key, 1 to `shards`. It never changes: what lies in a shard was put there by it. */
export function shardOf(key: string, shards: number): number {
  return shards === 1 ? 1 : (Number.parseInt(hash('sha256', key).slice(0, 8), 16) % shards) + 1;
}

/** What is put into another shard in one's own commit. */
export type Parcel = Letter | Reply;

/** An event that is to come into the log of a shard, or word that another shard does not want any more what it has asked for. */
export interface Letter {
  readonly kind: 'letter';
  readonly to: number;
  readonly principal: string;
  /** The engine's own contracts are taken from an engine only. */
  readonly sender: 'outside' | 'engine' | 'withdrawal';
  /** A CloudEvent as JSON; of a withdrawal, what is withdrawn. */
  readonly event: string;
}

/** How an effect ended that a run of the shard `to` had asked for. */
export interface Reply {
  readonly kind: 'reply';
  readonly to: number;
  readonly run: string;
  readonly step: string;
  readonly status: StepStatus;
  /** JSON. */
  readonly output: string | undefined;
}

/** A letter in the inbox of a shard, by the number that it has there. */
export interface Received extends Omit<Letter, 'kind' | 'to'> {
  readonly number: number;
}

/** The cursor that goes with the appends of letters: its position is the number of the last of them, which are then deleted in the same commit. */
export const inboxCursor = 'inbox';

/** What came for a shard. */
export interface Inbox {
  /** The oldest letters, up to `limit`. Asked by one reader, when all commits have ended that took letters given before. */
  letters(limit: number): Promise<readonly Received[]>;
  /** These of the letters last given are about to be committed with a `cursor.set` of `inboxCursor` to the last of their numbers. */
  taking(numbers: readonly number[]): void;
  /** In the order of (run, step), after these. They lie here until the step that waits for them has its end on record. */
  replies(after: readonly [run: string, step: string], limit: number): Promise<readonly Omit<Reply, 'kind' | 'to'>[]>;
}
