import type { Clock } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { eventType, keysOf, type Contract } from '../../model/contract.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { Change, ChangeResult, EventRecord } from '../../store/store.ts';
import type { BadMessage, Ward } from '../quarantine/ward.ts';
import { parseCloudEvent, type CloudEvent } from './cloud-event.ts';
import type { Oversight } from '../watch/oversight.ts';
import type { Subject } from '../watch/watch.ts';
import type { Pipeline } from './pipeline.ts';

/** What became of a batch: every event is in the log, was there before, or lies in quarantine with its reason. */
export interface Taken {
  readonly accepted: number;
  readonly duplicates: number;
  readonly quarantined: number;
  /** One per event, in order. */
  readonly events: readonly ({ readonly id: string; readonly position: number; readonly duplicate: boolean } | { readonly id: string; readonly reason: string })[];
}

/** The door for events: nothing acts on one before it is in the log. */
export interface Intake {
  /**
   * Resolves after the commit. Raises OVERLOADED when full and STORE_UNAVAILABLE while the store cannot write.
   * The engine's own contracts (`lineshaft.…`) are taken `from` the engine only: what it asks of itself nobody else can ask.
   */
  accept(events: readonly unknown[], principal: string, from?: 'outside' | 'engine'): Promise<Taken>;
  /** Takes one that lay in quarantine, with more changes in its commit. Raises CONTRACT_BROKEN where it still does not fit, and the others. */
  readmit(event: unknown, principal: string, more: readonly Change[]): Promise<void>;
}

export interface IntakeParts {
  readonly landscape: Landscape;
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  readonly oversight: Oversight;
  readonly onAppended: (events: readonly EventRecord[]) => void;
  readonly ward: Pick<Ward, 'admitted' | 'hold'>;
  /** The last position of the log that was routed. */
  readonly position: () => number;
  /** Changes waiting for the store above which senders are told to wait. */
  readonly waitingMax?: number;
  /** Calls that have not ended, and how many of them there may be before senders are told to wait. */
  readonly errands: () => number;
  readonly errandsMax?: number;
}

const rawMax = 64 * 1024;
const ownPrefix = 'lineshaft.';

export function intake(parts: IntakeParts): Intake {
  const { landscape, pipeline, clock, oversight, onAppended, ward, position, waitingMax = 50_000, errands, errandsMax = 200_000 } = parts;

  function judge(value: unknown, principal: string, from: 'outside' | 'engine'): Judged {
    const receivedMs = clock.now();
    let known: { readonly contract: Contract; readonly event: CloudEvent } | undefined;
    try {
      const event = parseCloudEvent(value, receivedMs);
      if (from === 'outside' && event.type.startsWith(ownPrefix))
        throw new Fault('CONTRACT_BROKEN', `"${event.type}" is an event of the hub itself and is not taken from outside.`);
      const contract = landscape.contractOfType(event.type);
      if (!contract)
        throw new Fault(
          'CONTRACT_BROKEN',
          `No contract is called "${event.type}". Known: ${[...landscape.of('contract').values()].map(eventType).sort().slice(0, 20).join(', ')}.`,
        );
      if (contract.family === 'telemetry') throw new Fault('CONTRACT_BROKEN', `"${event.type}" is telemetry. It stays at the plant; a rule turns it into a business event.`);
      known = { contract, event };
      const subject: Subject = { kind: 'event', key: `${event.source} ${event.id}`, of: contract };
      if (oversight.isBarred(subject)) throw new Fault('LANDSCAPE_STALLED', `"${event.type}" ${event.id} has stopped the hub before: its contract did not come to an end with it.`);
      const difference = oversight.during(subject, () => contract.schema.difference(event.data));
      if (difference) throw new Fault('CONTRACT_BROKEN', `"${event.type}" ${event.id} breaks its contract at ${difference.path}: ${difference.reason}.`);
      const change = {
        change: 'event.append' as const,
        source: event.source,
        id: event.id,
        type: event.type,
        timeMs: event.timeMs,
        receivedMs,
        keys: keysOf(contract.keys, event.data),
        traceparent: event.traceparent,
        principal,
        data: JSON.stringify(event.data),
      };
      return { change, bad: undefined };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const raw = JSON.stringify(value);
      const reason = messageOf(error);
      const change = {
        change: 'quarantine.add' as const,
        atMs: receivedMs,
        source: textOf(value, 'source'),
        eventId: textOf(value, 'id'),
        principal,
        reason,
        raw: raw.slice(0, rawMax),
      };
      // What is not kept whole cannot be sent in again: it holds nothing.
      const isWhole = known && raw.length <= rawMax && change.eventId === known.event.id && change.source === known.event.source;
      const { contract, event } = known ?? {};
      return { change, bad: isWhole && contract && event ? { contract, source: event.source, id: event.id, data: event.data, reason, atMs: receivedMs } : undefined };
    }
  }

  function holdOff(): void {
    if (!pipeline.writable()) throw new Fault('STORE_UNAVAILABLE', 'The store cannot write; nothing is taken until it can.');
    if (pipeline.depth() > waitingMax) throw new Fault('OVERLOADED', `${pipeline.depth()} changes wait for the store (limit ${waitingMax}).`);
    if (errands() > errandsMax) throw new Fault('OVERLOADED', `${errands()} calls to systems have not ended (limit ${errandsMax}).`);
  }

  /** Hands on what was taken, in order: what comes behind a bad message finds its key held. */
  function handOn(all: readonly Judged[], results: readonly ChangeResult[]): Taken {
    const events: Taken['events'][number][] = [];
    let appended: EventRecord[] = [];
    let accepted = 0;
    let quarantined = 0;
    all.forEach(({ change, bad }, index) => {
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
    return { accepted, duplicates: all.length - quarantined - accepted, quarantined, events };
  }

  return {
    async accept(events, principal, from = 'outside') {
      holdOff();
      const all = events.map((event) => judge(event, principal, from));
      const results = await pipeline.commit([...all.map(({ change }) => change), ...all.flatMap(({ bad }) => (bad ? ward.admitted(bad) : []))]);
      return handOn(all, results);
    },
    async readmit(event, principal, more) {
      holdOff();
      const judged = judge(event, principal, 'outside');
      if (judged.change.change === 'quarantine.add') throw new Fault('CONTRACT_BROKEN', judged.change.reason);
      handOn([judged], await pipeline.commit([judged.change, ...more]));
    },
  };
}

/** What becomes of one event at the door. */
interface Judged {
  readonly change: Extract<Change, { change: 'event.append' | 'quarantine.add' }>;
  /** Where it is of a known contract, and broken. */
  readonly bad: BadMessage | undefined;
}

function textOf(value: unknown, field: string): string {
  if (typeof value !== 'object' || value === null || !(field in value)) return '';
  // `field in value` was just checked; what it holds is still unknown.
  const found = (value as Readonly<Record<string, unknown>>)[field];
  return typeof found === 'string' ? found.slice(0, 256) : '';
}
