import { sleep, type Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import { noProbe, type Probe } from '../../kernel/probe.ts';
import type { Change, ChangeResult, Store } from '../../store/store.ts';
import { pointOf } from './points.ts';

/** Called after each commit with what is now durable, in order. Must not throw. */
export type Watcher = (changes: readonly Change[], results: readonly ChangeResult[]) => void;

/** The one way into the store: everything of one moment, from all runs, in one transaction; the next starts when it returns. */
export interface Pipeline {
  /** Adds changes to the next transaction, undivided and in order. `durable` is called once they are committed. */
  add(changes: readonly Change[], durable?: (results: readonly ChangeResult[]) => void): void;
  /** The same as a promise. */
  commit(changes: readonly Change[]): Promise<readonly ChangeResult[]>;
  watch(watcher: Watcher): void;
  /** False while the store refuses to write: nothing new must be taken in. */
  writable(): boolean;
  /** Changes waiting or under way. */
  depth(): number;
  /** Resolves when everything added so far is durable. */
  drained(): Promise<void>;
}

export interface PipelineOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly probe?: Probe;
  /** Changes in one transaction at most. */
  readonly changesMax?: number;
  /** Told of a bug: the process must stop, since memory and store may differ. */
  readonly onBug: (error: unknown) => void;
  /** Told when the store stops or begins to write again. */
  readonly onWritable?: (writable: boolean, reason: string) => void;
}

interface Entry {
  readonly changes: readonly Change[];
  readonly durable: ((results: readonly ChangeResult[]) => void) | undefined;
}

const retryStoreMs = 500;

export function pipeline(options: PipelineOptions): Pipeline {
  const { store, clock, probe = noProbe, changesMax = 4_000 } = options;
  const watchers: Watcher[] = [];
  let waiting: Entry[] = [];
  let depth = 0;
  let running = false;
  let scheduled = false;
  let writable = true;
  let onIdle: (() => void)[] = [];

  function add(changes: readonly Change[], durable?: (results: readonly ChangeResult[]) => void): void {
    waiting.push({ changes, durable });
    depth += changes.length;
    if (running || scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      void flushAll();
    });
  }

  function take(): Entry[] {
    let count = 0;
    let entries = 0;
    for (const entry of waiting) {
      if (entries > 0 && count + entry.changes.length > changesMax) break;
      count += entry.changes.length;
      entries += 1;
    }
    if (entries < waiting.length) return waiting.splice(0, entries);
    const all = waiting;
    waiting = [];
    return all;
  }

  async function flushAll(): Promise<void> {
    if (running) return;
    running = true;
    try {
      for (let batch = take(); batch.length > 0; batch = take()) await flush(batch);
    } catch (error) {
      options.onBug(error);
    } finally {
      running = false;
    }
    const idle = onIdle;
    onIdle = [];
    for (const resolve of idle) resolve();
  }

  async function flush(batch: readonly Entry[]): Promise<void> {
    const changes: Change[] = [];
    for (const entry of batch) for (const change of entry.changes) changes.push(change);
    if (probe !== noProbe) for (const change of changes) probe(`before-commit:${pointOf(change)}`);
    const results = await write(changes);
    if (probe !== noProbe) for (const change of changes) probe(`after-commit:${pointOf(change)}`);
    depth -= changes.length;
    for (const watcher of watchers) watcher(changes, results);
    let offset = 0;
    for (const entry of batch) {
      entry.durable?.(results.slice(offset, offset + entry.changes.length));
      offset += entry.changes.length;
    }
  }

  /** Nothing acknowledged is lost and nothing is dropped: while the disk is full the same batch is tried again. */
  async function write(changes: readonly Change[]): Promise<readonly ChangeResult[]> {
    for (;;) {
      try {
        const results = await store.commit(changes);
        if (!writable) setWritable(true, 'the store takes writes again');
        return results;
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'STORE_UNAVAILABLE') throw error;
        setWritable(false, error.message);
        await sleep(clock, retryStoreMs);
      }
    }
  }

  function setWritable(now: boolean, reason: string): void {
    if (writable !== now) options.onWritable?.(now, reason);
    writable = now;
  }

  return {
    add,
    commit: (changes) => new Promise((resolve) => add(changes, resolve)),
    watch: (watcher) => void watchers.push(watcher),
    writable: () => writable,
    depth: () => depth,
    drained: () => (depth === 0 && !running && !scheduled ? Promise.resolve() : new Promise((resolve) => onIdle.push(resolve))),
  };
}
