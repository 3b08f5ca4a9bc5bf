/** Which events are dropped before they are in the log, by one field of their contract. */
export interface EventFilter<Field extends string = string> {
  /** A few words; the label of its count. */
  readonly reason: string;
  readonly field: Field;
  /** Dropped where the field is one of these … */
  readonly is?: readonly (string | number | boolean)[];
  /** … or a number below or above one of these. */
  readonly below?: number;
  readonly above?: number;
}

/** The reason of the first filter that drops an event; undefined where none does. A field that is absent drops nothing. */
export function dropReason(filters: readonly EventFilter[], data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  return filters.find((filter) => drops(filter, Reflect.get(data, filter.field)))?.reason;
}

function drops({ is = [], below = -Infinity, above = Infinity }: EventFilter, value: unknown): boolean {
  if (typeof value === 'number' && (value < below || value > above)) return true;
  return is.some((one) => one === value);
}
