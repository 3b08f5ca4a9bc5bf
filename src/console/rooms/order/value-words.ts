// Recorded values as people read them: whatever a landscape's own contracts and capabilities hold.
import { countWords, exactWords, numberWords, quantityWords, unitWords } from '../../words/number.ts';
import { shownText } from '../../words/text.ts';
import { clockTime, dayTime, minuteTime } from '../../words/time.ts';
import { codeOf, unitsWithin, type Units } from '../../words/units.ts';

/** Whose clock is followed, and what "today" is. */
export interface Reading {
  readonly zone: string | undefined;
  readonly nowMs: number;
}

export interface Said {
  /** The field in words, e.g. `planned end`; empty for a text of its own. */
  readonly name: string;
  /** Its value in words, e.g. `22 Nov 23:58`. */
  readonly value: string;
  /** What it was before, in words. */
  readonly instead?: string;
  readonly isTime: boolean;
}

/** A text that is no field's value. */
export function plainly(value: string): Said {
  return { name: '', value, isTime: false };
}

/** A field of a recorded object; undefined where there is none. */
export function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, field) ? Reflect.get(value, field) : undefined;
}

/** A field that is a text or a number, as text; empty for anything else. */
export function textOf(value: unknown, field: string): string {
  const found = fieldOf(value, field);
  return typeof found === 'string' || typeof found === 'number' ? String(found) : '';
}

/** The fields of a recorded object; none where it is none. */
export function fieldsOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

const instantForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

/** Epoch milliseconds of an RFC 3339 text; undefined for anything else. */
export function instantOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !instantForm.test(value)) return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : ms;
}

/** `plannedEnd` is `planned end`; a unit at its end is said with the value. */
export function fieldWords(field: string): string {
  return field
    .replace(/(?:PerMin|Minutes|Share)$/, '')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/[-_.]/g, ' ')
    .toLowerCase();
}

/** A time window, `22:00 to 23:00`; undefined for what is none. */
function windowWords(value: unknown, reading: Reading): string | undefined {
  const [from, to] = [instantOf(fieldOf(value, 'from')), instantOf(fieldOf(value, 'to'))];
  if (from === undefined || to === undefined) return undefined;
  const end = dayTime(to, reading.zone, reading.nowMs);
  const sameDay = dayTime(to, reading.zone, from) === minuteTime(to, reading.zone);
  return `${dayTime(from, reading.zone, reading.nowMs)} to ${sameDay ? minuteTime(to, reading.zone) : end}`;
}

/** A number with the unit that is declared for it, or else that its name ends in. */
function numberOf(field: string, value: number, unit: string | undefined): string {
  if (unit !== undefined) return quantityWords(value, unit);
  if (field.endsWith('PerMin')) return `${numberWords(value)} per min`;
  if (field.endsWith('Minutes')) return `${numberWords(value)} min`;
  if (field.endsWith('Share')) return `${exactWords(value * 100)} %`;
  return numberWords(value);
}

/** A text as it is, but with the plant's time in it, and `41774.19 EUR` as `41,774.19 EUR`. */
export function textWords(text: string, { zone, nowMs }: Reading): string {
  return shownText(text, (ms) => dayTime(ms, zone, nowMs));
}

/** Until when something that began at `fromMs` lasts: with seconds where it is soon. */
export function untilWords(untilMs: number, fromMs: number, { zone, nowMs }: Reading): string {
  return untilMs - fromMs < 3_600_000 ? clockTime(untilMs, zone) : dayTime(untilMs, zone, nowMs);
}

/** A value in words; undefined for what is too large to be said in a line. `units` are those of the object that has the field. */
export function valueWords(field: string, value: unknown, reading: Reading, units?: Units): string | undefined {
  const at = instantOf(value);
  if (at !== undefined) return dayTime(at, reading.zone, reading.nowMs);
  if (typeof value === 'number') return numberOf(field, value, codeOf(units, field));
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (field === 'unit' && typeof value === 'string') return unitWords(value);
  if (typeof value === 'string') return value === '' ? undefined : textWords(value, reading);
  return windowWords(value, reading);
}

/** What an object says, flat: lists are counted, objects in it say their own. */
export function saidOf(value: unknown, reading: Reading, without: ReadonlySet<string> = new Set(), units?: Units): readonly Said[] {
  const said: Said[] = [];
  for (const [field, found] of fieldsOf(value)) {
    if (without.has(field)) continue;
    const words = valueWords(field, found, reading, units);
    if (words !== undefined) said.push({ name: proseFields.has(field) ? '' : fieldWords(field), value: words, isTime: isTime(found) });
    else if (Array.isArray(found)) said.push(plainly(countedWords(field, found.length)));
    else said.push(...saidOf(found, reading, without, unitsWithin(units, field)));
  }
  return unique(said);
}

/** Their value says all. */
const proseFields: ReadonlySet<string> = new Set(['title', 'text', 'message', 'summary']);

function isTime(value: unknown): boolean {
  return instantOf(value) !== undefined || instantOf(fieldOf(value, 'from')) !== undefined;
}

function countedWords(field: string, count: number): string {
  const many = fieldWords(field);
  return countWords(count, many.endsWith('s') ? many.slice(0, -1) : many, many);
}

function unique(said: readonly Said[]): readonly Said[] {
  const seen = new Set<string>();
  return said.filter(({ name, value }) => {
    const place = `${name} ${value}`;
    const isNew = !seen.has(place);
    seen.add(place);
    return isNew;
  });
}

/** `planned end 22:23 instead of 18:53`, or a bare value where the field has no name. */
export function saidWords({ name, value, instead }: Said): string {
  return `${name === '' ? value : `${name} ${value}`}${instead === undefined ? '' : ` instead of ${instead}`}`;
}

/** `ERP, MES and WMS`. */
export function listWords(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

const small = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];

/** Small numbers as words: `five`; `13`. */
export function smallWords(count: number): string {
  return small[count] ?? String(count);
}

/** `once`, `twice`, `3 times`. */
export function timesWords(count: number): string {
  return count === 1 ? 'once' : count === 2 ? 'twice' : `${smallWords(count)} times`;
}

export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
