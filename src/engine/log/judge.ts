import type { Clock } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { eventType, keysOf, type Contract } from '../../model/contract.ts';
import { dropReason } from '../../model/event-filter.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { Change } from '../../store/store.ts';
import type { BadMessage } from '../quarantine/bad-message.ts';
import type { Stranger } from '../quarantine/stranger.ts';
import type { Oversight } from '../watch/oversight.ts';
import type { Subject } from '../watch/watch.ts';
import type { DoorVerdict } from './door-verdict.ts';
import type { EventDrop } from './event-drop.ts';
import { signatureOn } from './event-signature.ts';
import { parseCloudEvent, type CloudEvent } from './cloud-event.ts';

/** What becomes of one event at the door. */
export interface Judged {
  readonly change: Extract<Change, { change: 'event.append' | 'quarantine.add' }> | EventDrop;
  /** Where it is of a known contract, and broken. */
  readonly bad: BadMessage | undefined;
  /** Where it goes to quarantine otherwise: nothing can wait for it, but somebody must know. */
  readonly stranger?: Stranger;
  /** Why it is not taken, where it is not. */
  readonly fault?: Fault;
}

/** `said`: what another hub, which it came to, has made of it; where the contract takes the event, that holds. */
export type Judge = (value: unknown, principal: string, from: 'outside' | 'engine', said?: DoorVerdict) => Judged;

const rawMax = 64 * 1024;
const ownPrefix = 'lineshaft.';

/** Whether what came is an event of a contract that we know; it never throws for what was given. */
export function judgeOf({ landscape, clock, oversight }: { readonly landscape: Landscape; readonly clock: Clock; readonly oversight: Oversight }): Judge {
  return (value, principal, from, said) => {
    const receivedMs = clock.now();
    let known: { readonly contract: Contract; readonly event: CloudEvent } | undefined;
    try {
      const event = parseCloudEvent(value, receivedMs);
      if (said?.is === 'dropped') return dropped(event, { atMs: receivedMs, principal, reason: said.reason });
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
      if (said?.is === 'quarantined') throw new Fault('CONTRACT_BROKEN', said.reason);
      const subject: Subject = { kind: 'event', key: `${event.source} ${event.id}`, of: contract };
      if (oversight.isBarred(subject)) throw new Fault('LANDSCAPE_STALLED', `"${event.type}" ${event.id} has stopped the hub before: its contract did not come to an end with it.`);
      const reason = oversight.during(subject, () => droppedBy(contract, event, from === 'outside' && said === undefined));
      if (reason !== undefined) return dropped(event, { atMs: receivedMs, principal, reason });
      const signed = signatureOn(value);
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
        ...(signed && { signed }),
        data: JSON.stringify(event.data),
      };
      return { change, bad: undefined };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const raw = JSON.stringify(value);
      const reason = said?.is === 'quarantined' ? said.reason : messageOf(error);
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
      const { source, eventId: id } = change;
      if (isWhole && contract && event) return { change, fault: error, bad: { contract, source, id, data: event.data, reason, atMs: receivedMs } };
      return { change, fault: error, bad: undefined, stranger: { type: textOf(value, 'type'), source, id, principal, reason, atMs: receivedMs } };
    }
  };
}

function dropped({ source, id, type }: CloudEvent, told: Pick<EventDrop, 'atMs' | 'principal' | 'reason'>): Judged {
  return { change: { change: 'event.drop', source, id, type, ...told }, bad: undefined };
}

/** Why an event is dropped, as its contract declares. Raises CONTRACT_BROKEN where it breaks that, and FILTER_BROKEN where a filter does not tell. */
function droppedBy(contract: Contract, { type, id, data }: CloudEvent, isFiltered: boolean): string | undefined {
  const difference = contract.schema.difference(data);
  if (difference) throw new Fault('CONTRACT_BROKEN', `"${type}" ${id} breaks its contract at ${difference.path}: ${difference.reason}.`);
  if (!isFiltered || !contract.drop) return undefined;
  try {
    return dropReason(contract.drop, data);
  } catch (error) {
    throw new Fault('FILTER_BROKEN', `Whether "${type}" ${id} is dropped is not known: ${messageOf(error)}. Mend the filter of its contract.`, {}, error);
  }
}

function textOf(value: unknown, field: string): string {
  if (typeof value !== 'object' || value === null || !(field in value)) return '';
  // `field in value` was just checked; what it holds is still unknown.
  const found = (value as Readonly<Record<string, unknown>>)[field];
  return typeof found === 'string' ? found.slice(0, 256) : '';
}
