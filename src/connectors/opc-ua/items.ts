// What is known of each address that is listened to, and what of it may be missing. Pure: readings in, samples and suspected gaps out.
import type { RawAbsence, RawSample } from '../../model/source.ts';
import type { OpcUaAddress } from './address.ts';
import type { Reading } from './sample.ts';

/** A time between two values of which nobody has told us what happened. */
export interface Blank {
  readonly address: OpcUaAddress;
  /** Of the last value before and the first one after, epoch milliseconds; the first one itself has been delivered. */
  readonly after: number;
  readonly before: number;
  readonly reason: string;
  /** At `after` there need not have been a value. */
  readonly isFromMark: boolean;
}

export interface Item {
  readonly address: OpcUaAddress;
  /** What the server calls it; undefined while it does not report it. */
  monitoredId: number | undefined;
  last: { readonly instant: number; readonly value: RawSample['value']; readonly quality: RawSample['quality'] } | undefined;
  /** Why values after `last` may be missing. */
  doubt: string | undefined;
  /** `last` is no value: an edge before this one had heard everything up to then. */
  isMark: boolean;
}

export function newItem(address: OpcUaAddress, absence?: RawAbsence): Item {
  const last = absence && { instant: absence.sinceMs, value: null, quality: 'bad' as const };
  return { address, monitoredId: undefined, last, doubt: absence?.reason, isMark: absence !== undefined };
}

/** From now on values may be missing, until the next one tells whether. What was never heard has no beginning and cannot be missing. */
export function mistrust(item: Item, reason: string): void {
  if (item.last) item.doubt ??= reason;
}

/** What came of a reading; `isWhole`: it was in doubt whether values are missing before it, and none are. */
export interface Taken {
  readonly sample: RawSample | undefined;
  readonly blank: Blank | undefined;
  readonly isWhole: boolean;
}

/**
 * Takes in what the server says of an item. The last value again, of the same instant, is passed on once: a new subscription
 * begins with it where nothing has happened, and a server may report a value as its first and as a change. Any other one ends
 * what was in doubt, which is then a blank; so does one that an overflowing queue put its mark on.
 */
export function take(item: Item, { instant, overflow, sample }: Reading): Taken {
  const { last, doubt, address, isMark } = item;
  // A status without a value (BadWaitingForInitialData …) says nothing of what was before.
  if (sample.value === null && sample.quality === 'bad') return { sample, blank: undefined, isWhole: false };
  item.last = { instant, value: sample.value, quality: sample.quality };
  item.doubt = undefined;
  item.isMark = false;
  const isWhole = doubt !== undefined;
  if (!isMark && last?.instant === instant && last.value === sample.value && last.quality === sample.quality) return { sample: undefined, blank: undefined, isWhole };
  // It has not changed since: there was nothing to hear.
  if (isMark && last && instant <= last.instant) return { sample, blank: undefined, isWhole };
  const reason = doubt ?? (overflow ? "the server's queue for this item overflowed" : undefined);
  if (reason === undefined || !last) return { sample, blank: undefined, isWhole };
  return { sample, blank: { address, after: last.instant, before: instant, reason, isFromMark: isMark }, isWhole: false };
}
