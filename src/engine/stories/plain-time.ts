const formats = new Map<string, Intl.DateTimeFormat>();
const formatsMax = 100;
const minute = { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'shortOffset' } as const;
const options = {
  clock: { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hourCycle: 'h23' },
  day: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
  minute,
  second: { ...minute, second: '2-digit' },
} as const satisfies Readonly<Record<string, Intl.DateTimeFormatOptions>>;

function format(zone: string, part: keyof typeof options): Intl.DateTimeFormat {
  const name = `${part} ${zone}`;
  const known = formats.get(name);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...options[part] });
  if (formats.size < formatsMax) formats.set(name, made);
  return made;
}

/** A time of day, e.g. `09:00:00.120`. */
export function clockText(ms: number, zone: string): string {
  return format(zone, 'clock').format(ms);
}

/** A day, e.g. `Monday 2 November 2026`. */
export function dayText(ms: number, zone: string): string {
  return format(zone, 'day').format(ms);
}

/** An instant for somebody who may be anywhere, e.g. `2 Nov 2026, 09:00 GMT+1`; with its seconds where it has some. */
export function instantText(ms: number, zone: string): string {
  return format(zone, ms % 60_000 < 1_000 ? 'minute' : 'second')
    .format(ms)
    .replace(/GMT(?:\+0)?$/, 'UTC');
}

/** A text with the instants that it tells in UTC, `2026-11-02T08:00:00.000Z`, as `instantText` says them. */
export function withInstants(text: string, zone: string): string {
  return text.replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?Z\b/g, (told) => {
    const ms = Date.parse(told);
    return Number.isNaN(ms) ? told : instantText(ms, zone);
  });
}

/** A length of time as people say it, e.g. `12 ms`, `3.4 s`, `2 min 5 s`, `1 h 3 min`. */
export function spanText(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.floor(minutes / 1_440)} d ${Math.floor((minutes % 1_440) / 60)} h`;
}
