import { assert } from '../../kernel/assert.ts';
import { sleep, type Clock } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { Compacted, CompactionBounds, CompactionPart } from '../compaction.ts';
import type { Change, ChangeResult } from '../store.ts';
import { batchWrites } from './batch-writes.ts';
import { batchOf } from './batch.ts';
import { planCompaction } from './compaction.ts';
import { addChanges, knowledgeOf, openDraft, type Draft } from './draft.ts';
import { learnFacts } from './facts.ts';
import { fence, lastBatch, letGo, readCounters, type Holding } from './holding.ts';
import { addToJournal, dropFromJournal, journalled, readJournal, vacuumJournal } from './journal.ts';
import type { Session, Statement } from './session.ts';
import { storeFault, troubleOf } from './trouble.ts';

export interface WriterParts {
  readonly session: Session;
  /** A new connection where the last is gone, checked as the first one was. */
  readonly connect: () => Promise<Session>;
  readonly holding: Holding;
  /** When that was asked for. */
  readonly heldFromMs: number;
  readonly leaseMs: number;
  readonly place: string;
  /** What goes with these changes beyond them, where this is one shard of several. */
  readonly more?: ((changes: readonly Change[]) => readonly Statement[]) | undefined;
  readonly clock: Clock;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

/**
 * Commits changes, one list after the other: each is durable as one row of the journal. What it gives is told from the tables and from
 * what came since they were written, which is kept in memory; many commits are written to the tables at once, each thing as it is then.
 */
export interface HubWriter {
  /**
   * Where the server stays away, a commit whose answer was lost rejects with STORE_UNAVAILABLE, and is settled by the next call: `asked`,
   * the list that the caller gave, must then be the same again.
   */
  commit(changes: readonly Change[], asked: readonly Change[]): Promise<readonly ChangeResult[]>;
  /** Writes to the tables what is in the journal only. */
  fold(): Promise<void>;
  /** Whether events of this type after this position may be in the journal only. */
  mayHoldEvents(type: string, after: number): boolean;
  /** When the last transaction that renewed the lease was begun. */
  heldFromMs(): number;
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

/** Changes, and characters of their texts, that may wait in the journal; a commit more and the tables are written first. */
const pendingMax = { changes: 24_000, chars: 32_000_000 };
/** Characters that go through the journal from one vacuum of it to the next. */
const vacuumChars = 32_000_000;

/** A commit, and what it gives. */
interface Commit {
  readonly asked: readonly Change[];
  readonly results: readonly ChangeResult[];
}

/** A batch that may be durable. */
interface Unsettled {
  readonly number: number;
  readonly begunMs: number;
  readonly commit: Commit | undefined;
}

/** What is in the journal and not in the tables. */
interface Pending {
  readonly draft: Draft;
  changes: number;
  chars: number;
}

export function hubWriter(parts: WriterParts): HubWriter {
  const { place, leaseMs, clock, log } = parts;
  const remembered = { runs: new Map<string, number>(), revisions: new Map<string, number>() };
  const closing = new AbortController();
  let { session, holding, heldFromMs } = parts;
  let unsettled: Unsettled | undefined;
  /** A commit whose answer was lost, that is durable, and whose caller was not told. */
  let untold: Commit | undefined;
  /** None while a commit is under way, and where it has to be read from the journal. */
  let pending: Pending | undefined;
  let charsSinceVacuum = 0;

  /** Does what the server may take back, until it does not. */
  async function insisted<Value>(work: () => Promise<{ readonly value: Value } | { readonly trouble: unknown }>): Promise<Value> {
    let trouble: unknown;
    for (let tries = 0; tries < triesMax; tries += 1) {
      try {
        if (!session.alive) session = await parts.connect();
        const done = await work();
        if ('value' in done) return done.value;
        ({ trouble } = done);
      } catch (error) {
        if (troubleOf(error) !== 'again') throw storeFault(error, place);
        trouble = error;
      }
    }
    throw new Fault('STORE_UNAVAILABLE', `${place} did not take the same commit ${triesMax} times: ${messageOf(trouble)}.`, { place }, trouble);
  }

  /** What the journal says, judged as it was when it was committed: that depends on the tables and the order of commits only. */
  async function recovered(): Promise<Pending> {
    remembered.runs.clear();
    remembered.revisions.clear();
    const found: Pending = { draft: openDraft(await readCounters(session), remembered), changes: 0, chars: 0 };
    for await (const { changes, chars } of readJournal(session)) {
      await learnFacts(session, changes, knowledgeOf(found.draft), found.draft.facts);
      addChanges(found.draft, changes);
      found.changes += changes.length;
      found.chars += chars;
    }
    return found;
  }

  async function commit(given: readonly Change[], asked: readonly Change[]): Promise<readonly ChangeResult[]> {
    await settled();
    if (untold) {
      assert(untold.asked === asked, 'a commit that may have been done is asked for again before any other');
      const { results } = untold;
      untold = undefined;
      return results;
    }
    const { body, changes } = journalled(given);
    if (pending && pending.changes > 0 && (pending.changes + changes.length > pendingMax.changes || pending.chars + body.length > pendingMax.chars)) await fold();
    return insisted(async () => {
      const current = pending ?? (await recovered());
      // Until it is durable the draft says too much.
      pending = undefined;
      const { draft } = current;
      await learnFacts(session, changes, knowledgeOf(draft), draft.facts);
      const results = addChanges(draft, changes);
      const trouble = await write([addToJournal(holding.batch + 1, body), ...(parts.more?.(changes) ?? [])], { asked, results });
      if (trouble !== undefined) return { trouble };
      current.changes += changes.length;
      current.chars += body.length;
      charsSinceVacuum += body.length;
      pending = current;
      return { value: results };
    });
  }

  async function fold(): Promise<void> {
    await settled();
    if (pending?.changes === 0) return;
    await insisted(async () => {
      // Where the server refuses, it stays: what was in the journal still is.
      const { draft, changes } = (pending ??= await recovered());
      if (changes === 0) return { value: undefined };
      const trouble = await write([...batchWrites(batchOf(draft)), dropFromJournal(holding.batch)], undefined);
      if (trouble !== undefined) return { trouble };
      remember(remembered.runs, draft.newRuns);
      remember(remembered.revisions, draft.newRevisions);
      pending = { draft: openDraft(draft.counters, remembered), changes: 0, chars: 0 };
      return { value: undefined };
    });
    if (charsSinceVacuum < vacuumChars) return;
    charsSinceVacuum = 0;
    await session.ask(vacuumJournal).catch((error: unknown) => log('the journal keeps its room for now', { place, reason: messageOf(error) }));
  }

  /** On return all of it is durable; on a throw nothing of it is, and nothing where it gives the error of a connection that was lost too soon. */
  async function write(statements: readonly Statement[], of: Commit | undefined): Promise<unknown> {
    const number = holding.batch + 1;
    const begunMs = clock.now();
    const ends = await session.together([{ text: 'BEGIN' }, fence(holding, number, leaseMs), ...statements, { text: 'COMMIT' }]);
    const last = ends.at(-1);
    const errors = ends.flatMap((end): unknown[] => (end.status === 'rejected' ? [end.reason] : []));
    if (last?.status === 'fulfilled') {
      // The server answers ROLLBACK where a statement before failed; the first error is why.
      const [why = new Error(`Bug: the server answered a commit with ${last.value.did}`)] = errors;
      if (last.value.did !== 'COMMIT') throw why;
      holding = { ...holding, batch: number };
      heldFromMs = begunMs;
      return undefined;
    }
    const [error] = errors;
    if (session.alive && errors.every((each) => troubleOf(each) !== 'lost')) throw error;
    unsettled = { number, begunMs, commit: of };
    pending = undefined;
    if (!(await settled(error))) return error;
    // Whoever asked is told with this.
    if (of) untold = undefined;
    return undefined;
  }

  /** Asks what became of a batch that may be durable; whether it is. Raises STORE_UNAVAILABLE where the server stays away. */
  async function settled(cause?: unknown): Promise<boolean> {
    const asked = unsettled;
    if (!asked) return false;
    const found = await isDurable(asked.number, cause);
    unsettled = undefined;
    if (!found) return false;
    holding = { ...holding, batch: asked.number };
    heldFromMs = asked.begunMs;
    untold = asked.commit ?? untold;
    return true;
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

  return {
    commit,
    async fold() {
      try {
        await fold();
      } catch (error) {
        throw storeFault(error, place);
      }
    },
    mayHoldEvents: (type, after) => pending === undefined || (pending.draft.lastOfType.get(type.toWellFormed()) ?? 0) > after,
    heldFromMs: () => heldFromMs,
    async renew() {
      try {
        await settled();
        if (!session.alive) session = await parts.connect();
        await write([], undefined);
      } catch (error) {
        throw storeFault(error, place);
      }
    },
    async compact(part, after, bounds) {
      try {
        await fold();
        if (!session.alive) session = await parts.connect();
        const { statements, dropped, next } = await planCompaction(async (text, values) => (await session.ask({ text, values })).rows, part, after, bounds);
        if (statements.length === 0) return { dropped, next };
        // Numbers of runs that are gone must not be given to those that begin anew; whether they are gone is not always told at once.
        pending = undefined;
        const trouble = await write(statements, undefined);
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
