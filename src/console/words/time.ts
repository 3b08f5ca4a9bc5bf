// Instants as people in the plant read them. Inside, everything is UTC; the zone comes in here and nowhere else.
import { locale } from './locale.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string | undefined, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone ?? ''} ${name}`;
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(locale, { ...options, ...(zone === undefined ? {} : { timeZone: zone }) });
  formats.set(key, made);
  return made;
}

/** `14:03:27`. */
export function clockTime(ms: number, zone?: string): string {
  return format(zone, 'clock', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(ms);
}

/** `14:03`. */
export function minuteTime(ms: number, zone?: string): string {
  return format(zone, 'minute', { hour: '2-digit', minute: '2-digit' }).format(ms);
}

/** `14:03:27.418`, for what happens within a second. */
export function preciseTime(ms: number, zone?: string): string {
  return format(zone, 'precise', { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 }).format(ms);
}

/** `22 Nov 14:03`; without the day where it is today's. */
export function dayTime(ms: number, zone?: string, nowMs = Date.now()): string {
  const day = format(zone, 'day', { day: 'numeric', month: 'short' });
  return day.format(ms) === day.format(nowMs) ? minuteTime(ms, zone) : `${day.format(ms)} ${minuteTime(ms, zone)}`;
}

/** The zone's short name at that instant, e.g. `CET`. */
export function zoneName(ms: number, zone?: string): string {
  const part = format(zone, 'zone', { timeZoneName: 'short' })
    .formatToParts(ms)
    .find(({ type }) => type === 'timeZoneName');
  return part?.value ?? '';
}

/** A length of time in its two largest units: `38 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function spanWords(ms: number): string {
  const size = Math.abs(ms);
  if (size < 1_000) return `${Math.round(size)} ms`;
  if (size < 10_000) return `${(size / 1_000).toFixed(1)} s`;
  const seconds = Math.round(size / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const pair = (whole: number, unit: string, rest: number, restUnit: string): string => (rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${restUnit}`);
  if (seconds < 3_600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(minutes / 60);
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** A length of time that somebody has set, as exact as it was set: `4 s`, `1.5 s`, `3 min`. */
export function declaredSpan(ms: number): string {
  return ms >= 1_000 && ms < 10_000 ? `${ms / 1_000} s` : spanWords(ms);
}

const sourceUnits: Readonly<Record<string, string>> = { ms: 'ms', s: 's', m: 'min', h: 'h', d: 'd' };

/** A length of time as a landscape's source says it, `10m`, as people read it: `10 min`; the source's own words otherwise. */
export function withinWords(source: string): string {
  const [, count, unit = ''] = /^(\d+)(ms|s|m|h|d)$/.exec(source) ?? [];
  return count === undefined ? source : `${count} ${sourceUnits[unit] ?? unit}`;
}

/** `12 s ago`, `in 4 min`, `just now`; whole units only, so that it does not flicker. */
export function ageWords(ms: number, nowMs: number): string {
  const away = ms - nowMs;
  const seconds = Math.round(Math.abs(away) / 1_000);
  if (seconds < 2) return 'just now';
  const size =
    seconds < 60
      ? `${seconds} s`
      : seconds < 3_600
        ? `${Math.floor(seconds / 60)} min`
        : seconds < 172_800
          ? `${Math.floor(seconds / 3_600)} h`
          : `${Math.floor(seconds / 86_400)} d`;
  return away < 0 ? `${size} ago` : `in ${size}`;
}

/** A text of the hub or of another system, which tells instants in UTC, with each of them as `say` says it. */
export function withTimes(text: string, say: (ms: number) => string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?Z/g, (instant) => {
    const ms = Date.parse(instant);
    return Number.isNaN(ms) ? instant : say(ms);
  });
}
