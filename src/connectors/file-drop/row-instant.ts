// The time of a row: with its offset, or local in a declared zone.
import { doubtOf, instantOf } from '../source-instant.ts';

const isoLocal = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?$/;
const dottedLocal = /^(\d\d)\.(\d\d)\.(\d{4})[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?$/;
const spacedInstant = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d))$/;

/** Epoch milliseconds, or what is wrong, to follow "The timestamp". */
export type RowInstant = (value: unknown, nowMs: number) => number | string;

/** Raises RangeError on an unknown zone. */
export function rowInstant(timeZone: string | undefined): RowInstant {
  const offsetMs = timeZone === undefined ? undefined : zoneOffset(timeZone);
  return (value, nowMs) => {
    if (typeof value !== 'string') return instantOf(value, nowMs);
    const text = value.trim().replace(spacedInstant, '$1T$2');
    if (/^\d{1,16}$/.test(text)) return instantOf(Number(text), nowMs);
    const wallMs = wallClock(text);
    if (wallMs === undefined) return instantOf(text === '' ? undefined : text, nowMs);
    if (offsetMs === undefined) return `is ${JSON.stringify(text)}, without an offset; say in the option "timeZone" where it was read from a clock`;
    const found = [...new Set([-86_400_000, 86_400_000].map((away) => wallMs - offsetMs(wallMs + away)))].filter((atMs) => atMs + offsetMs(atMs) === wallMs);
    const [atMs] = found;
    if (atMs === undefined) return `is ${JSON.stringify(text)}, which no clock in ${timeZone} has shown: its clocks were put forward`;
    if (found.length > 1) return `is ${JSON.stringify(text)}, which clocks in ${timeZone} have shown twice: write it with its offset`;
    return doubtOf(atMs, nowMs) ?? atMs;
  };
}

/** What the clock on the wall showed, as if it were UTC; undefined where the text is no such time. */
function wallClock(text: string): number | undefined {
  const iso = isoLocal.exec(text);
  const dotted = iso ? undefined : dottedLocal.exec(text);
  const [, first = '', month = '', last = '', hour = '', minute = '', second = '0', fraction = ''] = iso ?? dotted ?? [];
  if (first === '') return undefined;
  const [year, day] = iso ? [first, last] : [last, first];
  const parts = [Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second), Math.floor(Number(`0.${fraction || 0}`) * 1_000)] as const;
  const ms = Date.UTC(...parts);
  const shown = new Date(ms);
  // The 31st of February is no day, nor is there a 13th month, though Date makes one of either.
  return shown.getUTCMonth() === parts[1] && shown.getUTCDate() === parts[2] && parts[3] < 24 && parts[4] < 60 && parts[5] < 60 ? ms : undefined;
}

/** How far local time is ahead of UTC at an instant, milliseconds. */
function zoneOffset(timeZone: string): (atMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  return (atMs) => {
    const [, sign = '+', hours = '0', minutes = '0', seconds = '0'] = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(format.format(atMs)) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
  };
}
