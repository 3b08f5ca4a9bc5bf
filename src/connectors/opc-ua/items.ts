// What is known of each address that is listened to, and what of it may be missing. Pure: readings in, samples and suspected gaps out.
import type { RawSample } from '../../model/source.ts';
import type { OpcUaAddress } from './address.ts';
import type { Reading } from './sample.ts';

/** A time between two values of which nobody has told us what happened. */
export interface Blank {
  readonly address: OpcUaAddress;
  /** Of the last value before and the first one after, epoch milliseconds; the first one itself has been delivered. */
  readonly after: number;
  readonly before: number;
  readonly reason: string;
}

export interface Item {
  readonly address: OpcUaAddress;
  /** What the server calls it; undefined while it does not report it. */
  monitoredId: number | undefined;
  last: { readonly instant: number; readonly value: RawSample['value']; readonly quality: RawSample['quality'] } | undefined;
  /** Why values after `last` may be missing. */
  doubt: string | undefined;
}

export function newItem(address: OpcUaAddress): Item {
  return { address, monitoredId: undefined, last: undefined, doubt: undefined };
}

/** From now on values may be missing, until the next one tells whether. What was never heard has no beginning and cannot be missing. */
export function mistrust(item: Item, reason: string): void {
  if (item.last) item.doubt ??= reason;
}

/**
 * Takes in what the server says of an item. The last value again, of the same instant, is passed on once: a new subscription
 * begins with it where nothing has happened, and a server may report a value as its first and as a change. Any other one ends
 * what was in doubt, which is then a blank; so does one that an overflowing queue put its mark on.
 */
export function take(item: Item, { instant, overflow, sample }: Reading): { readonly sample: RawSample | undefined; readonly blank: Blank | undefined } {
  const { last, doubt, address } = item;
  // A status without a value (BadWaitingForInitialData …) says nothing of what was before.
  if (sample.value === null && sample.quality === 'bad') return { sample, blank: undefined };
  item.last = { instant, value: sample.value, quality: sample.quality };
  item.doubt = undefined;
  if (last?.instant === instant && last.value === sample.value && last.quality === sample.quality) return { sample: undefined, blank: undefined };
  const reason = doubt ?? (overflow ? "the server's queue for this item overflowed" : undefined);
  return { sample, blank: reason === undefined || !last ? undefined : { address, after: last.instant, before: instant, reason } };
}
