import type { Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import { inboxCursor, type Inbox, type Received } from '../../store/shard.ts';
import type { Dispatcher } from '../effects/dispatcher.ts';
import { apartFrom } from '../log/door-verdict.ts';
import type { Intake } from '../log/intake.ts';
import type { Withdrawal } from './asked-step.ts';
import { heardFrom } from './hand-over.ts';

/** Brings what lies in a shard's inbox to its engine. */
export interface Carrier {
  /** Something was put there just now. */
  wake(): void;
  /** Takes no more; resolves when nothing is under way. */
  close(): Promise<void>;
}

export interface CarrierParts {
  readonly inbox: Inbox;
  readonly intake: Pick<Intake, 'accept'>;
  readonly toldBy: Pick<Dispatcher, 'heard' | 'withdraw'>;
  readonly clock: Clock;
  readonly onBug: (error: unknown) => void;
}

/** What is taken at one look. */
const lettersMax = 500;
const repliesMax = 500;
/** Between two looks: while something comes, and while nothing does. */
const busyMs = 10;
const idleMs = 50;
/** After the engine would take nothing. */
const refusedMs = 250;

export function carrier({ inbox, intake, toldBy, clock, onBug }: CarrierParts): Carrier {
  let closed = false;
  let woken = false;
  let waits = false;
  let looking: Promise<void> = Promise.resolve();
  let after: readonly [string, string] = ['', ''];
  let cancel = (): void => undefined;

  /** How long until the next look. */
  async function look(): Promise<number> {
    const [letters, replies] = await Promise.all([inbox.letters(lettersMax), inbox.replies(after, repliesMax)]);
    if (closed) return idleMs;
    for (const reply of replies) {
      const one = heardFrom(reply);
      if (one) toldBy.heard(one);
    }
    const last = replies.at(-1);
    after = last && replies.length === repliesMax ? [last.run, last.step] : ['', ''];
    const ends = await Promise.allSettled(together(letters).map(take));
    const refused = ends.flatMap((end): unknown[] => (end.status === 'rejected' ? [end.reason] : []));
    for (const reason of refused) if (!isForNow(reason)) throw reason;
    if (refused.length > 0) return refusedMs;
    if (letters.length === lettersMax) return 0;
    return letters.length + replies.length > 0 ? busyMs : idleMs;
  }

  async function take(letters: readonly Received[]): Promise<void> {
    const numbers = letters.map(({ number }) => number);
    inbox.taking(numbers);
    const [{ principal, sender }] = letters as readonly [Received]; // together() makes no empty group
    const gone = [{ change: 'cursor.set', name: inboxCursor, position: numbers.at(-1) ?? 0 }] as const;
    const read = letters.map((letter) => apartFrom(JSON.parse(letter.event)));
    const events = read.map(({ event }) => event);
    if (sender !== 'withdrawal') {
      const said = read.map((one) => one.said);
      await intake.accept(events, principal, sender, gone, said);
      return;
    }
    // What was asked for before it is in the queues when this is taken.
    await intake.accept([], principal, 'engine', gone);
    for (const event of events) toldBy.withdraw(event as Withdrawal); // written by parcelsOf() of another shard
  }

  function lookAfter(ms: number): void {
    if (closed) return;
    waits = true;
    cancel = clock.after(woken ? 0 : ms, () => {
      waits = false;
      woken = false;
      looking = look().then(lookAfter, (error: unknown) => (isForNow(error) ? lookAfter(refusedMs) : onBug(error)));
    });
  }

  lookAfter(0);
  return {
    wake() {
      woken = true;
      if (!waits) return;
      cancel();
      lookAfter(0);
    },
    async close() {
      closed = true;
      cancel();
      await looking;
    },
  };
}

/** Letters one after the other of the same sender, in their order. */
function together(letters: readonly Received[]): readonly (readonly Received[])[] {
  const groups: Received[][] = [];
  for (const letter of letters) {
    const group = groups.at(-1);
    if (group?.[0]?.principal === letter.principal && group[0].sender === letter.sender) group.push(letter);
    else groups.push([letter]);
  }
  return groups;
}

/** The engine or the store takes nothing now: what lies in the inbox stays there. */
function isForNow(error: unknown): boolean {
  return error instanceof Fault && (error.code === 'OVERLOADED' || error.code === 'STORE_UNAVAILABLE' || error.code === 'STORE_TAKEN_OVER');
}
