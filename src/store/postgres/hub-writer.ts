import { assert } from '../../kernel/assert.ts';
import { sleep, type Clock } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { Compacted, CompactionBounds, CompactionPart } from '../compaction.ts';
import type { Change, ChangeResult } from '../store.ts';
import { batchWrites } from './batch-writes.ts';
import { planBatch, type Batch, type Counters } from './batch.ts';
import { planCompaction } from './compaction.ts';
import { readFacts } from './facts.ts';
import { fence, lastBatch, letGo, type Holding } from './holding.ts';
import type { Session, Statement } from './session.ts';
import { storeFault, troubleOf } from './trouble.ts';

export interface WriterParts {
  readonly session: Session;
  /** A new connection where the last is gone, checked as the first one was. */
  readonly connect: () => Promise<Session>;
  readonly holding: Holding;
  readonly counters: Counters;
  readonly leaseMs: number;
  readonly place: string;
  /** What goes with these changes beyond them, where this is one shard of several. */
  readonly more?: ((changes: readonly Change[]) => readonly Statement[]) | undefined;
  readonly clock: Clock;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

/** Applies batches of changes, one after the other, each in one transaction. */
export interface HubWriter {
  /**
   * Where the server stays away, a commit whose answer was lost rejects with STORE_UNAVAILABLE, and is settled by the next call: `asked`,
   * the list that the caller gave, must then be the same again.
   */
  commit(changes: readonly Change[], asked: readonly Change[]): Promise<readonly ChangeResult[]>;
  /** An empty transaction: the lease goes on. */
  renew(): Promise<void>;
  /** Drops what may go; where the answer is lost, it is looked at again by whoever asks next. */
  compact(part: CompactionPart, after: string, bounds: CompactionBounds): Promise<Compacted>;
  /** Waits no longer for a server that is away: what it was asked for rejects. */
  giveUp(): void;
  /** Lets the database go. */
  close(): Promise<void>;
}

/** Runs and revisions whose numbers are remembered, so that they need not be asked for. */
const rememberedMax = 100_000;
/** How often a batch that the server gave back (deadlock, serialization, a connection that broke too soon) is tried at once. */
const triesMax = 10;
const reconnectMinMs = 50;
const reconnectMaxMs = 500;
/** How long a commit whose answer was lost waits for the server before it says that it cannot tell. */
const settleMs = 2_000;

/** A batch that may be durable. */
interface Unsettled {
  readonly number: number;
  readonly batch: Batch | undefined;
  readonly asked: readonly Change[] | undefined;
}

export function hubWriter(parts: WriterParts): HubWriter {
  const { place, leaseMs, clock, log } = parts;
  const remembered = { runs: new Map<string, number>(), revisions: new Map<string, number>() };
  const closing = new AbortController();
  let { session, counters } = parts;
  let holding = parts.holding;
  let unsettled: Unsettled | undefined;

  async function commit(changes: readonly Change[], asked: readonly Change[]): Promise<readonly ChangeResult[]> {
    let trouble: unknown;
    const before = await settled();
    if (before?.batch) {
      assert(before.asked === asked, 'a commit that may have been done is asked for again before any other');
      return before.batch.results;
    }
    for (let tries = 0; tries < triesMax; tries += 1) {
      try {
        if (!session.alive) session = await parts.connect();
        const facts = await readFacts(session, changes, remembered);
        const batch = planBatch(changes, facts, counters);
        trouble = await write(parts.more ? [...batchWrites(batch), ...parts.more(changes)] : batchWrites(batch), { batch, asked });
        if (trouble === undefined) {
          keep(batch);
          return batch.results;
        }
      } catch (error) {
        if (troubleOf(error) !== 'again') throw storeFault(error, place);
        trouble = error;
      }
    }
    throw new Fault('STORE_UNAVAILABLE', `${place} did not take the same commit ${triesMax} times: ${messageOf(trouble)}.`, { place }, trouble);
  }

  /** On return all of it is durable; on a throw nothing of it is, and nothing where it gives the error of a connection that was lost too soon. */
  async function write(statements: readonly Statement[], of: Omit<Unsettled, 'number'>): Promise<unknown> {
    const number = holding.batch + 1;
    const ends = await session.together([{ text: 'BEGIN' }, fence(holding, number, leaseMs), ...statements, { text: 'COMMIT' }]);
    const last = ends.at(-1);
    const errors = ends.flatMap((end): unknown[] => (end.status === 'rejected' ? [end.reason] : []));
    if (last?.status === 'fulfilled') {
      // The server answers ROLLBACK where a statement before failed; the first error is why.
      const [why = new Error(`Bug: the server answered a commit with ${last.value.did}`)] = errors;
      if (last.value.did !== 'COMMIT') throw why;
      holding = { ...holding, batch: number };
      return undefined;
    }
    const [error] = errors;
    if (session.alive && errors.every((each) => troubleOf(each) !== 'lost')) throw error;
    unsettled = { number, ...of };
    return (await settled(error)) ? undefined : error;
  }

  /** What became of a batch that may be durable: itself where it is. Raises STORE_UNAVAILABLE where the server stays away. */
  async function settled(cause?: unknown): Promise<Unsettled | undefined> {
    const asked = unsettled;
    if (!asked) return undefined;
    const found = await isDurable(asked.number, cause);
    unsettled = undefined;
    if (!found) return undefined;
    holding = { ...holding, batch: asked.number };
    if (asked.batch) keep(asked.batch);
    return asked;
  }

  /** Whether a batch whose COMMIT was sent and not answered is in the store: the server tells by the number that is written with it. */
  async function isDurable(number: number, cause: unknown): Promise<boolean> {
    if (cause !== undefined) log('the answer of the store is lost; asking what became of the commit', { place, reason: messageOf(cause), urgent: true });
    const untilMs = clock.now() + settleMs;
    for (let waitMs = reconnectMinMs; ; waitMs = Math.min(reconnectMaxMs, waitMs * 2)) {
      try {
        session.drop();
        session = await parts.connect();
        const found = (await lastBatch(session, holding, place)) === number;
        log('the store answers again', { place, commit: found ? 'is in it' : 'is not in it and is done again' });
        return found;
      } catch (error) {
        if (!['lost', 'unfit', 'again'].includes(troubleOf(error)) || clock.now() > untilMs) throw storeFault(error, place);
        await sleep(clock, waitMs, closing.signal);
      }
    }
  }

  function keep(batch: Batch): void {
    counters = batch.counters;
    remember(remembered.runs, batch.newRuns);
    remember(remembered.revisions, batch.newRevisions);
  }

  return {
    commit,
    async renew() {
      try {
        await settled();
        if (!session.alive) session = await parts.connect();
        await write([], { batch: undefined, asked: undefined });
      } catch (error) {
        throw storeFault(error, place);
      }
    },
    async compact(part, after, bounds) {
      try {
        await settled();
        if (!session.alive) session = await parts.connect();
        const { statements, dropped, next } = await planCompaction(async (text, values) => (await session.ask({ text, values })).rows, part, after, bounds);
        if (statements.length === 0) return { dropped, next };
        // Numbers of runs that are gone must not be given to those that begin anew; whether they are gone is not always told at once.
        remembered.runs.clear();
        const trouble = await write(statements, { batch: undefined, asked: undefined });
        if (trouble !== undefined) throw new Fault('STORE_UNAVAILABLE', `${place} did not drop what may go: ${messageOf(trouble)}.`, { place }, trouble);
        return { dropped, next };
      } catch (error) {
        throw storeFault(error, place);
      }
    },
    giveUp: () => closing.abort(new Error('the store is closed')),
    async close() {
      // Where it does not hear, the lease runs out by itself.
      if (session.alive) await session.ask(letGo(holding)).catch((error: unknown) => log('the store was not let go', { place, reason: messageOf(error) }));
      await session.end();
    },
  };
}

function remember(known: Map<string, number>, learnt: ReadonlyMap<string, number>): void {
  if (known.size + learnt.size > rememberedMax) known.clear();
  for (const [key, value] of learnt) known.set(key, value);
}
