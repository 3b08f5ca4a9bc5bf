import { assert } from '../../kernel/assert.ts';
import type { Clock } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { Compacted, CompactionBounds, CompactionPart } from '../compaction.ts';
import type { Change, ChangeResult } from '../store.ts';
import { planCompaction } from './compaction.ts';
import { addChanges, knowledgeOf, openDraft, type Draft } from './draft.ts';
import { learnFacts, Revisions } from './facts.ts';
import { commitGate, letGo, moveGate, readCounters, type Holding } from './holding.ts';
import { failed, insisted } from './insisted.ts';
import type { Instant } from './instant.ts';
import { journalled, readJournal } from './journal.ts';
import { openLine, type End, type Flight } from './line.ts';
import { countRefusals } from './refusals.ts';
import type { Session, Statement } from './session.ts';
import { tableMover } from './table-mover.ts';
import { storeFault } from './trouble.ts';

export interface WriterParts {
  readonly session: Session;
  /** A new connection, checked as the first one was. */
  readonly connect: () => Promise<Session>;
  readonly holding: Holding;
  /** When that was asked for. */
  readonly heldFrom: Instant;
  readonly leaseMs: number;
  readonly place: string;
  /** What goes with these changes beyond them, where this is one shard of several. */
  readonly more?: ((changes: readonly Change[]) => readonly Statement[]) | undefined;
  readonly clock: Clock;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

/**
 * Commits changes in the order of asking: each list is durable as one row of the journal. What it gives is told from the tables and from
 * what came since they were written, which is kept in memory; many commits are written to the tables at once, each thing as it is then,
 * on a connection of its own.
 */
export interface HubWriter {
  /**
   * Where the server stays away, a commit whose answer was lost rejects with STORE_UNAVAILABLE, and is settled by the next call: `asked`,
   * the list that the caller gave, must then be the same again.
   */
  commit(changes: readonly Change[], asked: readonly Change[]): Promise<readonly ChangeResult[]>;
  /** Writes to the tables all that was asked for before. */
  fold(): Promise<void>;
  /** Resolves when all that was asked for before is in the draft, or was refused. */
  drafted(): Promise<void>;
  /** Whether events of this type after this position may be in the journal only. */
  mayHoldEvents(type: string, after: number): boolean;
  /** When the last transaction that renewed the lease was begun. */
  heldFrom(): Instant;
  /** An empty transaction: the lease goes on. */
  renew(): Promise<void>;
  /** Drops what may go; where the answer is lost, it is looked at again by whoever asks next. */
  compact(part: CompactionPart, after: string, bounds: CompactionBounds): Promise<Compacted>;
  /** Waits no longer for a server that is away: what it was asked for rejects. */
  giveUp(): void;
  /** Lets the database go. */
  close(): Promise<void>;
}

/** Commits that are under way at once. */
const underWayMax = 2;
/** Changes, and characters of their texts, that may wait in the journal while as many are written to the tables. */
const pendingMax = { changes: 24_000, chars: 32_000_000 };

/** A list that is to be committed. */
interface Wanted {
  readonly asked: readonly Change[];
  /** How many had been refused when it was asked for. */
  readonly asOf: number;
  readonly changes: readonly Change[];
  readonly body: string;
}

/** A list that was sent, and what it gives. */
interface Sent {
  readonly asked: readonly Change[];
  readonly results: readonly ChangeResult[];
  readonly flight: Flight;
}

/** What is in the journal, or on its way there, and not in the tables. */
interface Pending {
  readonly draft: Draft;
  /** The newest of the transactions that it tells of and that were not durable when they were added. */
  rests: Flight | undefined;
  changes: number;
  chars: number;
}

export function hubWriter(parts: WriterParts): HubWriter {
  const { session: first, connect, holding, leaseMs, place, clock, log } = parts;
  const remembered = { runs: new Map<string, number>(), revisions: new Revisions() };
  const closing = new AbortController();
  const lineParts = { connect, place, clock, log, closing: closing.signal };
  const line = openLine({ ...lineParts, first, gate: commitGate(holding, leaseMs, place) });
  const mover = tableMover(openLine({ ...lineParts, gate: moveGate(holding, place) }), lineParts);
  const refusals = countRefusals();
  let { heldFrom } = parts;
  let lastTurn: Promise<unknown> = Promise.resolve();
  /** The ends of commits that are under way, oldest first; none of them rejects. */
  let underWay: readonly Promise<void>[] = [];
  /** Since one of those failed, until they are all over: no other is sent meanwhile. */
  let faltering = false;
  /** None where it has to be read from the journal. With what is under way it says too much, until that is durable. */
  let pending: Pending | undefined;
  /** Commits whose answers were lost and whose callers were told that nobody can tell, in their order. */
  let untold: readonly Sent[] = [];

  /** One begins after the other, in the order of the calls. */
  function inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const turn = lastTurn.then(work);
    lastTurn = turn.catch(() => undefined);
    return turn;
  }

  async function allOver(): Promise<void> {
    for (let [oldest] = underWay; oldest; [oldest] = underWay) await oldest;
  }

  /** What the journal says, judged as it was when it was committed: that depends on the tables and the order of commits only. */
  async function recovered(): Promise<Pending> {
    const session = await line.ready();
    await mover.forget();
    remembered.runs.clear();
    remembered.revisions.clear();
    const found: Pending = { draft: openDraft(await readCounters(session), remembered), rests: undefined, changes: 0, chars: 0 };
    for await (const { changes, chars } of readJournal(session)) {
      await learnFacts(session, changes, knowledgeOf(found.draft), found.draft.facts);
      addChanges(found.draft, changes);
      found.changes += changes.length;
      found.chars += chars;
    }
    return found;
  }

  /** None where what is under way before it fails. */
  async function send({ asked, asOf, changes, body }: Wanted, mayRecover: () => boolean): Promise<Sent | undefined> {
    const session = await line.ready();
    if (!pending && !mayRecover()) return undefined;
    const current = pending ?? (await recovered());
    // Should it fail here, the draft is spoilt.
    pending = undefined;
    const { draft } = current;
    await learnFacts(session, changes, knowledgeOf(draft), draft.facts);
    const results = addChanges(draft, changes);
    refusals.raiseAfter(asOf);
    const flight = line.send({ body, statements: parts.more?.(changes) ?? [], restsOn: current.rests });
    if (!flight) return undefined;
    current.rests = flight;
    current.changes += changes.length;
    current.chars += body.length;
    pending = current;
    return { asked, results, flight };
  }

  async function endOf(sent: Sent): Promise<End> {
    try {
      return await sent.flight.ends();
    } catch (error) {
      untold = [...untold, sent];
      throw error;
    }
  }

  /** Sends a commit behind those under way; `ends` gives its results. */
  async function begin(given: readonly Change[], asked: readonly Change[], asOf: number): Promise<{ readonly ends: Promise<readonly ChangeResult[]> }> {
    while (underWay.length >= (faltering || !pending ? 1 : underWayMax)) await underWay[0];
    refusals.raiseAfter(asOf);
    try {
      const known = await told(asked);
      if (known) return { ends: Promise.resolve(known) };
      const wanted = { asked, asOf, ...journalled(given) };
      await makeRoom(wanted);
      // It is among those under way itself by then.
      const sent = send(wanted, () => underWay.length === 1);
      const ends = finished(wanted, sent, underWay.at(-1));
      const over: Promise<void> = ends
        .then(
          () => undefined,
          () => undefined,
        )
        .finally(() => {
          underWay = underWay.filter((other) => other !== over);
          if (underWay.length === 0) faltering = false;
        });
      underWay = [...underWay, over];
      // Where that failed, `ends` tells.
      await sent.catch(() => undefined);
      return { ends };
    } catch (error) {
      throw refusals.noted(storeFault(error, place));
    }
  }

  /** What a commit gave whose answer was lost when it was asked for before. */
  async function told(asked: readonly Change[]): Promise<readonly ChangeResult[] | undefined> {
    if (untold.length === 0) return undefined;
    await line.ready();
    untold = untold.filter(({ flight }) => flight.end?.durable);
    const [oldest, ...others] = untold;
    if (!oldest) return undefined;
    assert(oldest.asked === asked, 'a commit that may have been done is asked for again before any other');
    untold = others;
    heldFrom = oldest.flight.begun;
    return oldest.results;
  }

  /** The results once they are durable. What failed is sent again after the end of what was sent `before`, unless that was refused. */
  async function finished(wanted: Wanted, first: Promise<Sent | undefined>, before: Promise<void> | undefined): Promise<readonly ChangeResult[]> {
    let sending: Promise<Sent | undefined> | undefined = first;
    let results: readonly ChangeResult[] = [];
    const attempt = async (): Promise<End> => {
      const under = sending ?? send(wanted, () => true);
      sending = undefined;
      const sent = await under;
      if (!sent) return { durable: false, trouble: new Error('what was sent before it failed'), again: true };
      const end = await endOf(sent);
      if (!end.durable) return end;
      ({ results } = sent);
      heldFrom = sent.flight.begun;
      return end;
    };
    try {
      await insisted(place, async () => {
        const end = await attempt().catch(failed);
        if (end.durable) return end;
        // The draft tells of what is not.
        pending = undefined;
        faltering = true;
        await before;
        refusals.raiseAfter(wanted.asOf);
        return end;
      });
    } catch (error) {
      throw refusals.noted(error);
    }
    return results;
  }

  /** The tables are written where too much would wait for that; a commit waits where they are not ready for as much. */
  async function makeRoom({ changes, body }: Wanted): Promise<void> {
    if (!pending || pending.changes === 0) return;
    if (pending.changes + changes.length <= pendingMax.changes && pending.chars + body.length <= pendingMax.chars) return;
    await mover.done();
    await allOver();
    moveOn();
  }

  /** What is pending moves to the tables; what comes from now on is pending. Only where no commit is under way. */
  function moveOn(): void {
    if (!pending || pending.changes === 0) return;
    const { draft, chars } = pending;
    mover.take({ draft, chars, through: line.batch() });
    pending = { draft: openDraft(draft.counters, remembered, draft), rests: undefined, changes: 0, chars: 0 };
  }

  /** In turn. */
  async function moveAll(): Promise<void> {
    await allOver();
    await mover.done();
    pending ??= await recovered();
    moveOn();
  }

  /** In turn: something other than a commit. */
  async function alone(statements: readonly Statement[]): Promise<End> {
    const flight = line.send({ statements });
    assert(flight !== undefined, 'what rests on nothing is sent');
    const end = await flight.ends();
    if (end.durable) heldFrom = flight.begun;
    else if (!end.again) throw end.trouble;
    return end;
  }

  return {
    async commit(changes, asked) {
      const asOf = refusals.count();
      const { ends } = await inTurn(() => begin(changes, asked, asOf));
      return ends;
    },
    async fold() {
      try {
        // Commits go on meanwhile.
        await mover.done();
        await inTurn(moveAll);
        await mover.done();
      } catch (error) {
        throw storeFault(error, place);
      }
    },
    drafted: () => inTurn(async () => undefined),
    mayHoldEvents(type, after) {
      const holds = (draft: Draft | undefined): boolean => (draft?.lastOfType.get(type.toWellFormed()) ?? 0) > after;
      return pending === undefined || holds(pending.draft) || holds(mover.moving());
    },
    heldFrom: () => heldFrom,
    async renew() {
      try {
        await inTurn(async () => {
          await allOver();
          await line.ready();
          await alone([]);
        });
      } catch (error) {
        throw storeFault(error, place);
      }
    },
    async compact(part, after, bounds) {
      try {
        return await inTurn(async () => {
          await moveAll();
          await mover.done();
          const session = await line.ready();
          const { statements, dropped, next } = await planCompaction(async (text, values) => (await session.ask({ text, values })).rows, part, after, bounds);
          if (statements.length === 0) return { dropped, next };
          // Numbers of runs that are gone must not be given to those that begin anew; whether they are gone is not always told at once.
          pending = undefined;
          const end = await alone(statements);
          if (!end.durable) throw new Fault('STORE_UNAVAILABLE', `${place} did not drop what may go: ${messageOf(end.trouble)}.`, { place }, end.trouble);
          return { dropped, next };
        });
      } catch (error) {
        throw storeFault(error, place);
      }
    },
    giveUp: () => closing.abort(new Error('the store is closed')),
    async close() {
      await line.end(letGo(holding));
      await mover.end();
    },
  };
}
