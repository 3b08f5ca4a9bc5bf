import type { Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { Change, ChangeResult, EventRecord } from '../../store/store.ts';
import type { Ward } from '../quarantine/ward.ts';
import type { EngineShard } from '../shards/engine-shard.ts';
import { instant, objectOf } from '../stories/recorded-json.ts';
import type { Oversight } from '../watch/oversight.ts';
import type { DoorVerdict } from './door-verdict.ts';
import { dropEntries, type EventDrop } from './event-drop.ts';
import { judgeOf, type Judged } from './judge.ts';
import type { Pipeline } from './pipeline.ts';

/** What became of a batch: every event is in the log, was there before, lies in quarantine with its reason, or was dropped as its contract declares. */
export interface Taken {
  readonly accepted: number;
  readonly duplicates: number;
  readonly quarantined: number;
  /** Dropped: in no log, and named in the audit. */
  readonly filtered: number;
  /** One per event, in order. */
  readonly events: readonly (
    | { readonly id: string; readonly position: number; readonly duplicate: boolean }
    | { readonly id: string; readonly reason: string }
    | { readonly id: string; readonly filtered: string }
  )[];
}

/** The door for events: nothing acts on one before it is in the log. */
export interface Intake {
  /**
   * Resolves after the commit. Raises OVERLOADED when full, STORE_UNAVAILABLE while the store cannot write and STORE_PINNED while it must not grow.
   * The engine's own contracts (`lineshaft.…`) are taken `from` the engine only: what it asks of itself nobody else can ask.
   * `more` goes into the same commit. `said`: what another hub, which they came to, has made of each; it is not judged again.
   */
  accept(events: readonly unknown[], principal: string, from?: 'outside' | 'engine', more?: readonly Change[], said?: readonly (DoorVerdict | undefined)[]): Promise<Taken>;
  /**
   * Takes one that lay in quarantine, or drops it where its contract does so now, with more changes in its commit, which may tell why it was dropped. Raises
   * CONTRACT_BROKEN where it still does not fit, FILTER_BROKEN where a filter does not tell, and the others.
   */
  readmit(event: unknown, principal: string, more: (filtered: string | undefined) => readonly Change[]): Promise<void>;
}

export interface IntakeParts {
  readonly landscape: Landscape;
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  readonly oversight: Oversight;
  readonly onAppended: (events: readonly EventRecord[]) => void;
  readonly ward: Pick<Ward, 'admitted' | 'unknown' | 'hold'>;
  /** The last position of the log that was routed. */
  readonly position: () => number;
  /** Why the store must not grow now, where that is so. */
  readonly held?: (() => string | undefined) | undefined;
  /** Changes waiting for the store above which senders are told to wait. */
  readonly waitingMax?: number;
  /** Calls that have not ended, and how many of them there may be before senders are told to wait. */
  readonly errands: () => number;
  readonly errandsMax?: number;
  /** Where several share the log: what is released from quarantine here goes to the others with the same commit. */
  readonly shard?: EngineShard | undefined;
}

export function intake(parts: IntakeParts): Intake {
  const { pipeline, onAppended, ward, position, held = () => undefined, waitingMax = 50_000, errands, errandsMax = 200_000, shard } = parts;
  const judge = judgeOf(parts);

  function holdOff(): void {
    if (!pipeline.writable()) throw new Fault('STORE_UNAVAILABLE', 'The store cannot write; nothing is taken until it can.');
    const reason = held();
    if (reason !== undefined) throw new Fault('STORE_PINNED', reason);
    if (pipeline.depth() > waitingMax) throw new Fault('OVERLOADED', `${pipeline.depth()} changes wait for the store (limit ${waitingMax}).`);
    if (errands() > errandsMax) throw new Fault('OVERLOADED', `${errands()} calls to systems have not ended (limit ${errandsMax}).`);
  }

  /** Hands on what was taken, in order: what comes behind a bad message finds its key held. */
  function handOn(all: readonly Judged[], results: readonly ChangeResult[]): Taken {
    const events: Taken['events'][number][] = [];
    let appended: EventRecord[] = [];
    let accepted = 0;
    let quarantined = 0;
    let filtered = 0;
    let index = -1;
    all.forEach(({ change, bad }) => {
      if (change.change === 'event.drop') {
        events.push({ id: change.id, filtered: change.reason });
        filtered += 1;
        return;
      }
      index += 1;
      if (change.change === 'quarantine.add') {
        events.push({ id: change.eventId, reason: change.reason });
        quarantined += 1;
        if (!bad) return;
        onAppended(appended);
        ward.hold(bad, appended.at(-1)?.position ?? position());
        appended = [];
        return;
      }
      const { position: at = 0, duplicate = false } = results[index] ?? {};
      events.push({ id: change.id, position: at, duplicate });
      if (duplicate) return;
      appended.push({ ...change, position: at });
      accepted += 1;
    });
    onAppended(appended);
    return { accepted, duplicates: all.length - quarantined - filtered - accepted, quarantined, filtered, events };
  }

  return {
    async accept(events, principal, from = 'outside', more = [], said = []) {
      holdOff();
      const all = events.map((event, index) => judge(event, principal, from, said[index]));
      const { kept, drops } = apart(all);
      const results = await pipeline.commit([
        ...kept,
        ...dropEntries(drops),
        ...all.flatMap(({ bad, stranger }) => (bad ? ward.admitted(bad) : stranger ? ward.unknown(stranger) : [])),
        ...more,
      ]);
      return handOn(all, results);
    },
    async readmit(event, principal, more) {
      holdOff();
      const judged = judge(event, principal, 'outside');
      if (judged.fault) throw judged.fault;
      const { kept, drops } = apart([judged]);
      const told = kept.map((change) => (change.change === 'event.append' && shard ? { ...change, abroad: wholeText(event, change) } : change));
      handOn([judged], await pipeline.commit([...told, ...dropEntries(drops), ...more(drops[0]?.reason)]));
    },
  };
}

/** An event as JSON; one that does not say when it happened is of the same moment in every shard. */
function wholeText(event: unknown, { timeMs }: Pick<EventRecord, 'timeMs'>): string {
  return JSON.stringify({ time: instant(timeMs), ...objectOf(event) });
}

/** What is recorded for itself, in order, and what is told in the audit only. */
function apart(all: readonly Judged[]): { readonly kept: readonly Exclude<Judged['change'], EventDrop>[]; readonly drops: readonly EventDrop[] } {
  const kept: Exclude<Judged['change'], EventDrop>[] = [];
  const drops: EventDrop[] = [];
  for (const { change } of all) {
    if (change.change === 'event.drop') drops.push(change);
    else kept.push(change);
  }
  return { kept, drops };
}
