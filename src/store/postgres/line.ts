import { assert } from '../../kernel/assert.ts';
import { sleep, type Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import { instantOf, type Instant } from './instant.ts';
import type { Session, Statement } from './session.ts';
import { storeFault, troubleOf } from './trouble.ts';

/** A row that each transaction of a line locks, and that says which hub, which connection and which number may be next. */
export interface Gate {
  /**
   * First in a transaction: ends it where another hub holds the database, another connection came after this one, or the batch before is
   * missing. Of a commit it adds the `body` to the journal.
   */
  fence(line: number, batch: number, body?: string): Statement;
  /** From now on this connection alone may pass; waits for the end of what another has under way. Raises STORE_TAKEN_OVER. */
  enter(session: Session): Promise<Entry>;
}

/** A connection's right to pass, and the last batch that is durable. */
export interface Entry {
  readonly line: number;
  readonly batch: number;
}

/** A transaction. */
export interface Work {
  /** What it adds to the journal. */
  readonly body?: string;
  readonly statements: readonly Statement[];
  /** It is not sent where this has failed. */
  readonly restsOn?: Flight | undefined;
}

/** How a transaction ended: durable, or nothing of it is, and whether the same may be sent again at once. */
export type End = { readonly durable: true } | { readonly durable: false; readonly trouble: unknown; readonly again: boolean };

/** A transaction that was sent. */
export interface Flight {
  readonly begun: Instant;
  /** Known once it is settled. */
  readonly end: End | undefined;
  /** That it is not durable, as far as is known. */
  readonly failed: boolean;
  /** After all that was sent before and behind it, where it failed. Raises STORE_UNAVAILABLE where its answer was lost and nobody can tell: `ready` settles it later. */
  ends(): Promise<End>;
}

export interface LineParts {
  /** A connection that is there already. */
  readonly first?: Session;
  /** A new connection. */
  readonly connect: () => Promise<Session>;
  readonly gate: Gate;
  readonly place: string;
  readonly clock: Clock;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  /** Aborted where a server that is away is waited for no longer. */
  readonly closing: AbortSignal;
}

/**
 * One connection through a gate. Transactions are sent one behind the other without waiting for answers; since each names the number after
 * the last, they are made in that order, and behind one that fails none is.
 */
export interface Line {
  /** A connection that lives and may pass, with all that was sent settled. Raises STORE_UNAVAILABLE, STORE_TAKEN_OVER. */
  ready(): Promise<Session>;
  /** None where what it rests on has failed. Only after `ready`; after one that failed, only after its `ends`. */
  send(work: Work): Flight | undefined;
  /** The last number that is known to be durable. */
  batch(): number;
  /** Only where nothing is under way; `last` is asked before. */
  end(last?: Statement): Promise<void>;
}

const reconnectMinMs = 50;
const reconnectMaxMs = 500;
/** How long a transaction whose answer was lost waits for the server before it is said that nobody can tell. */
const settleMs = 2_000;

/** A transaction whose end is not known yet. */
interface Open {
  readonly batch: number;
  readonly begun: Instant;
  answered: Promise<void>;
  end: End | undefined;
  /** Why the answer was lost. */
  lost: unknown;
}

/** A line through a gate, connected when it is asked for. */
export function openLine({ first, connect, gate, place, clock, log, closing }: LineParts): Line {
  let session: Session | undefined;
  let given = first;
  let entry: Entry = { line: 0, batch: 0 };
  /** Sent and not settled, oldest first. */
  let open: Open[] = [];
  let entering: Promise<Session> | undefined;

  function settle(one: Open, end: End): void {
    one.end = end;
    open = open.filter((other) => other !== one);
  }

  function ready(): Promise<Session> {
    if (session?.alive && open.every(({ lost }) => lost === undefined)) return Promise.resolve(session);
    return (entering ??= enter().finally(() => {
      entering = undefined;
    }));
  }

  /** Connects anew, and learns from the number in the gate what became of transactions whose answers were lost. */
  async function enter(): Promise<Session> {
    session?.drop();
    await Promise.all(open.map(({ answered }) => answered));
    const [oldest] = open;
    if (oldest) log('the answer of the store is lost; asking what became of the commit', { place, reason: messageOf(oldest.lost), urgent: true });
    const untilMs = clock.steady() + settleMs;
    for (let waitMs = reconnectMinMs; ; waitMs = Math.min(reconnectMaxMs, waitMs * 2)) {
      let next: Session | undefined;
      try {
        next = given ?? (await connect());
        given = undefined;
        entry = await gate.enter(next);
        session = next;
        break;
      } catch (error) {
        next?.drop();
        if (!oldest || !['lost', 'unfit', 'again'].includes(troubleOf(error)) || clock.steady() > untilMs) throw storeFault(error, place);
        await sleep(clock, waitMs, closing);
      }
    }
    for (const one of open) {
      const isDurable = one.batch <= entry.batch;
      log('the store answers again', { place, commit: isDurable ? 'is in it' : 'is not in it and is done again' });
      settle(one, isDurable ? { durable: true } : { durable: false, trouble: one.lost, again: true });
    }
    return session;
  }

  /** What the answers to a transaction say of it. */
  function judge(one: Open, on: Session, ends: Awaited<ReturnType<Session['together']>>): void {
    const last = ends.at(-1);
    const errors = ends.flatMap((each): unknown[] => (each.status === 'rejected' ? [each.reason] : []));
    // The server answers ROLLBACK where a statement before failed; the first error is why.
    const [why = new Error(`Bug: the server answered a commit with ${last?.status === 'fulfilled' ? last.value.did : 'nothing'}`)] = errors;
    if (last?.status === 'fulfilled' && (ends.length === 1 || last.value.did === 'COMMIT')) {
      entry = { ...entry, batch: one.batch };
      settle(one, { durable: true });
    } else if (last?.status === 'fulfilled' || (on.alive && errors.every((each) => troubleOf(each) !== 'lost'))) {
      // The number of one that failed is missing to all behind it.
      const isBehind = one.batch > entry.batch + 1;
      settle(one, { durable: false, trouble: why, again: isBehind || troubleOf(why) === 'again' });
    } else one.lost = why;
  }

  return {
    ready,
    send({ body, statements, restsOn }) {
      if (restsOn?.failed) return undefined;
      const on = session;
      assert(on !== undefined, 'a line is ready before anything is sent');
      const one: Open = { batch: entry.batch + open.length + 1, begun: instantOf(clock), answered: Promise.resolve(), end: undefined, lost: undefined };
      open.push(one);
      const fence = gate.fence(entry.line, one.batch, body);
      // One statement is a transaction by itself.
      const all = statements.length === 0 ? [fence] : [{ text: 'BEGIN' }, fence, ...statements, { text: 'COMMIT' }];
      one.answered = on.together(all).then((ends) => judge(one, on, ends));
      return {
        begun: one.begun,
        get end() {
          return one.end;
        },
        get failed() {
          return one.end ? !one.end.durable : one.lost !== undefined;
        },
        async ends() {
          await one.answered;
          if (!one.end) await ready();
          const { end } = one;
          assert(end !== undefined, 'a line that is ready has settled all that was sent');
          if (!end.durable) await Promise.all(open.map(({ answered }) => answered));
          return end;
        },
      };
    },
    batch: () => entry.batch,
    async end(last) {
      // Where it does not hear, the lease runs out by itself.
      if (last && session?.alive) await session.ask(last).catch((error: unknown) => log('the store was not let go', { place, reason: messageOf(error) }));
      await session?.end();
    },
  };
}
