/** A value as Tryton writes it in JSON where JSON has no type for it: an object with its class. */
export interface TrytonValue {
  readonly __class__: string;
  readonly [part: string]: unknown;
}

/** A day for Tryton, from `2026-11-22` or an instant that begins with it. */
export function trytonDate(text: string): TrytonValue {
  const [year, month, day] = text.slice(0, 10).split('-').map(Number);
  return { __class__: 'date', year, month, day };
}

/** A decimal for Tryton, from its text: `12.50`. */
export function trytonDecimal(text: string): TrytonValue {
  return { __class__: 'Decimal', decimal: text };
}

/**
 * Tryton's values as plain JSON: days as `2026-11-22`, instants (UTC) as `2026-11-22T14:30:00.000000Z`, times of day as
 * `14:30:00.000000`, decimals as their text, spans as seconds, bytes as base64 text.
 */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const tagged = '__class__' in value ? untagged({ ...value }) : undefined;
  return tagged ?? Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]));
}

function untagged(value: Readonly<Record<string, unknown>>): unknown {
  switch (value['__class__']) {
    case 'Decimal':
      return value['decimal'];
    case 'date':
      return dayText(value);
    case 'datetime':
      return `${dayText(value)}T${timeText(value)}Z`;
    case 'time':
      return timeText(value);
    case 'timedelta':
      return value['seconds'];
    case 'bytes':
      return value['base64'];
    default:
      return undefined;
  }
}

function dayText({ year, month, day }: Readonly<Record<string, unknown>>): string {
  return [padded(year, 4), padded(month, 2), padded(day, 2)].join('-');
}

function timeText({ hour, minute, second, microsecond }: Readonly<Record<string, unknown>>): string {
  return `${[hour, minute, second].map((part) => padded(part, 2)).join(':')}.${padded(microsecond, 6)}`;
}

function padded(value: unknown, width: number): string {
  return String(value).padStart(width, '0');
}
