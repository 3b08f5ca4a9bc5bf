import { Fault } from './errors.ts';

/** Epoch milliseconds in digits. What has fewer of them would be before 1973, and is meant as seconds. */
const epochMs = /^\d{12,16}(\.\d+)?$/;
/** RFC 3339, or without an offset, which is UTC; or a day alone, which is its beginning. */
const calendar = /^(\d{4})-(\d\d)-(\d\d)(?:[ Tt](\d\d:\d\d)(:\d\d)?(\.\d{1,3})?\d*([Zz]|[+-]\d\d:\d\d)?)?$/;

/** Epoch milliseconds of a moment; `where` says which line or option it is of. Raises INPUT_INVALID. */
export function momentOf(field: string, where?: string): number {
  const text = field.trim();
  const moment = epochMs.test(text) ? Number(text) : calendarMs(text);
  if (Number.isFinite(moment)) return moment;
  const told = where === undefined ? '' : `${where}: `;
  throw new Fault('INPUT_INVALID', `${told}"${field}" is no time. Write RFC 3339, e.g. 2026-11-02T14:30:00Z, or epoch milliseconds.`, { field });
}

function calendarMs(text: string): number {
  const [, year = '', month = '', day = '', minute = '00:00', second = ':00', fraction = '', offset = 'Z'] = calendar.exec(text) ?? [];
  // `Date.parse` makes the 2nd of March of the 30th of February.
  if (Number(day) > 28 && new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() !== Number(day)) return Number.NaN;
  return Date.parse(`${year}-${month}-${day}T${minute}${second}${fraction}${offset.toUpperCase()}`);
}
