import { Fault, messageOf } from '../kernel/errors.ts';

/** Which events are dropped before they are in the log: by one field of their contract, or by what `when` says of them. */
export interface EventFilter<Field extends string = string, Event = unknown> {
  /** A few words; the label of its count. */
  readonly reason: string;
  readonly field?: Field;
  /** Dropped where the field is one of these … */
  readonly is?: readonly (string | number | boolean)[];
  /** … or a number below or above one of these. */
  readonly below?: number;
  readonly above?: number;
  /** Dropped where it gives true. It sees the event's data, which fits the contract, and nothing else; an event for which it throws goes to quarantine. */
  when?(event: Event): boolean;
}

/**
 * The reason of the first filter that drops an event whose data fit its contract; undefined where none does. A field that is absent drops
 * nothing. Raises FILTER_BROKEN, which names the filter, where `when` throws or gives no boolean.
 */
export function dropReason(filters: readonly EventFilter[], data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  return filters.find((filter) => (filter.field !== undefined && drops(filter, Reflect.get(data, filter.field))) || saysSo(filter, data))?.reason;
}

function drops({ is = [], below = -Infinity, above = Infinity }: EventFilter, value: unknown): boolean {
  if (typeof value === 'number' && (value < below || value > above)) return true;
  return is.some((one) => one === value);
}

function saysSo(filter: EventFilter, data: unknown): boolean {
  if (!filter.when) return false;
  let said: unknown;
  try {
    said = filter.when(data);
  } catch (error) {
    throw new Fault('FILTER_BROKEN', `the filter "${filter.reason}" threw "${messageOf(error)}"`, {}, error);
  }
  if (typeof said !== 'boolean') throw new Fault('FILTER_BROKEN', `the filter "${filter.reason}" gave ${typeof said}, not true or false`);
  return said;
}
