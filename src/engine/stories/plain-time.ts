const formats = new Map<string, Intl.DateTimeFormat>();
const formatsMax = 100;

function format(zone: string, part: 'clock' | 'day'): Intl.DateTimeFormat {
  const name = `${part} ${zone}`;
  const known = formats.get(name);
  if (known) return known;
  const made =
    part === 'clock'
      ? new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hourCycle: 'h23' })
      : new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
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

/** A length of time as people say it, e.g. `12 ms`, `3.4 s`, `2 min 5 s`, `1 h 3 min`. */
export function spanText(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.floor(minutes / 1_440)} d ${Math.floor((minutes % 1_440) / 60)} h`;
}
