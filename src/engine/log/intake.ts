import type { Clock } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { eventType, keysOf } from '../../model/contract.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { Change, EventRecord } from '../../store/store.ts';
import { parseCloudEvent } from './cloud-event.ts';
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
}

export interface IntakeParts {
  readonly landscape: Landscape;
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  readonly oversight: Oversight;
  readonly onAppended: (events: readonly EventRecord[]) => void;
  /** Changes waiting for the store above which senders are told to wait. */
  readonly waitingMax?: number;
  /** Calls that have not ended, and how many of them there may be before senders are told to wait. */
  readonly errands: () => number;
  readonly errandsMax?: number;
}

const rawMax = 64 * 1024;
const ownPrefix = 'lineshaft.';

export function intake(parts: IntakeParts): Intake {
  const { landscape, pipeline, clock, oversight, onAppended, waitingMax = 50_000, errands, errandsMax = 200_000 } = parts;

  function judge(value: unknown, principal: string, from: 'outside' | 'engine'): Extract<Change, { change: 'event.append' | 'quarantine.add' }> {
    const receivedMs = clock.now();
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
      const subject: Subject = { kind: 'event', key: `${event.source} ${event.id}`, of: contract };
      if (oversight.isBarred(subject)) throw new Fault('LANDSCAPE_STALLED', `"${event.type}" ${event.id} has stopped the hub before: its contract did not come to an end with it.`);
      const difference = oversight.during(subject, () => contract.schema.difference(event.data));
      if (difference) throw new Fault('CONTRACT_BROKEN', `"${event.type}" ${event.id} breaks its contract at ${difference.path}: ${difference.reason}.`);
      return {
        change: 'event.append',
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
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return {
        change: 'quarantine.add',
        atMs: receivedMs,
        source: textOf(value, 'source'),
        eventId: textOf(value, 'id'),
        principal,
        reason: messageOf(error),
        raw: JSON.stringify(value).slice(0, rawMax),
      };
    }
  }

  return {
    async accept(events, principal, from = 'outside') {
      if (!pipeline.writable()) throw new Fault('STORE_UNAVAILABLE', 'The store cannot write; nothing is taken until it can.');
      if (pipeline.depth() > waitingMax) throw new Fault('OVERLOADED', `${pipeline.depth()} changes wait for the store (limit ${waitingMax}).`);
      if (errands() > errandsMax) throw new Fault('OVERLOADED', `${errands()} calls to systems have not ended (limit ${errandsMax}).`);
      const changes = events.map((event) => judge(event, principal, from));
      const results = await pipeline.commit(changes);
      const taken: Taken['events'][number][] = [];
      const appended: EventRecord[] = [];
      changes.forEach((change, index) => {
        if (change.change === 'quarantine.add') {
          taken.push({ id: change.eventId, reason: change.reason });
          return;
        }
        const { position = 0, duplicate = false } = results[index] ?? {};
        taken.push({ id: change.id, position, duplicate });
        if (!duplicate) appended.push({ ...change, position });
      });
      onAppended(appended);
      const quarantined = changes.filter((change) => change.change === 'quarantine.add').length;
      return { accepted: appended.length, duplicates: changes.length - quarantined - appended.length, quarantined, events: taken };
    },
  };
}

function textOf(value: unknown, field: string): string {
  if (typeof value !== 'object' || value === null || !(field in value)) return '';
  // `field in value` was just checked; what it holds is still unknown.
  const found = (value as Readonly<Record<string, unknown>>)[field];
  return typeof found === 'string' ? found.slice(0, 256) : '';
}
