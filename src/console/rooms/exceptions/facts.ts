// Evidence is any JSON. What its values are is told by their form and the unit in their name, as contracts write them.

/** A value of which it is known how people read it. */
export type Fact =
  | { readonly kind: 'money'; readonly amount: number; readonly currency: string }
  | { readonly kind: 'instant'; readonly ms: number }
  | { readonly kind: 'span'; readonly fromMs: number; readonly toMs: number }
  | { readonly kind: 'duration'; readonly ms: number; readonly lowMs?: number; readonly highMs?: number }
  | { readonly kind: 'quantity'; readonly value: number; readonly unit: string }
  | { readonly kind: 'flag'; readonly on: boolean }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'texts'; readonly texts: readonly string[] };

const instantForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;
/** `atMs` is when something was, in epoch milliseconds; no length of time is that long. */
const instantName = /(?:^at|At)Ms$/;
const instantFromMs = Date.UTC(2000);
const moneyForm = /^(-?\d+(?:\.\d+)?) ([A-Z]{3})$/;
const durations: readonly { readonly suffix: RegExp; readonly ms: number }[] = [
  { suffix: /(?:^ms|Ms|Millis|Milliseconds)$/, ms: 1 },
  { suffix: /(?:Seconds|Secs)$/, ms: 1_000 },
  { suffix: /(?:Minutes|Mins)$/, ms: 60_000 },
  { suffix: /Hours$/, ms: 3_600_000 },
];
const units: readonly { readonly suffix: RegExp; readonly unit: string; readonly scale?: number }[] = [
  { suffix: /PerSecondMax$|PerSecond$/, unit: '/s' },
  { suffix: /PerMin(?:ute)?$/, unit: '/min' },
  { suffix: /PerHour$/, unit: '/h' },
  { suffix: /Percent$/, unit: '%' },
  { suffix: /Share$/, unit: '%', scale: 100 },
  { suffix: /Kg$/, unit: 'kg' },
  { suffix: /Cel(?:sius)?$/, unit: 'Cel' },
];
/** UCUM codes of lengths of time. */
const spans: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000, wk: 604_800_000 };
const shorthands: Readonly<Record<string, string>> = { eta: 'ETA', id: 'ID', oee: 'OEE', erp: 'ERP', mes: 'MES', wms: 'WMS', tms: 'TMS', url: 'URL', edi: 'EDI', ms: 'duration' };

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field of what may be an object. */
export function fieldIn(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

/** Epoch milliseconds of an ISO 8601 text; undefined for anything else. */
export function instantOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !instantForm.test(value)) return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : ms;
}

/** A field's name as people say it, without the unit that the value carries: `etaShiftMinutes` is `ETA shift`. */
export function labelOf(name: string): string {
  const suffix = [...durations, ...units].find((each) => each.suffix.test(name) && name.replace(each.suffix, '') !== '')?.suffix;
  const words = (suffix ? name.replace(suffix, '') : name)
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/[-_.]/g, ' ')
    .toLowerCase()
    .split(' ')
    .map((word) => shorthands[word] ?? word)
    .join(' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** What a field says; undefined for nothing and for what needs more room than a line. `code` is its unit (UCUM), where one is declared. */
export function factOf(name: string, value: unknown, code?: string): Fact | undefined {
  if (typeof value === 'boolean') return { kind: 'flag', on: value };
  if (typeof value === 'number') return numberFact(name, value, code);
  if (typeof value === 'string') return value === '' ? undefined : textFact(value);
  if (Array.isArray(value)) {
    const texts = value.flatMap((each: unknown) => (typeof each === 'string' || typeof each === 'number' ? [String(each)] : []));
    return texts.length === value.length && texts.length > 0 ? { kind: 'texts', texts } : undefined;
  }
  return spanOf(value);
}

function textFact(value: string): Fact {
  const ms = instantOf(value);
  if (ms !== undefined) return { kind: 'instant', ms };
  const money = moneyForm.exec(value);
  return money ? { kind: 'money', amount: Number(money[1]), currency: money[2] ?? '' } : { kind: 'text', text: value };
}

/** A number in its declared unit, or else in the one that its name ends in. */
function numberFact(name: string, value: number, code: string | undefined): Fact {
  const ofSpan = code === undefined ? undefined : spans[code];
  if (ofSpan !== undefined) return { kind: 'duration', ms: value * ofSpan };
  if (code !== undefined) return { kind: 'quantity', value, unit: code };
  if (instantName.test(name) && value >= instantFromMs) return { kind: 'instant', ms: value };
  const duration = durations.find(({ suffix }) => suffix.test(name));
  if (duration) return { kind: 'duration', ms: value * duration.ms };
  const known = units.find(({ suffix }) => suffix.test(name));
  return { kind: 'quantity', value: value * (known?.scale ?? 1), unit: known?.unit ?? '' };
}

/** `{ from, to }` is one stretch of time. */
export function spanOf(value: unknown): Fact | undefined {
  if (!isObject(value) || Object.keys(value).length !== 2) return undefined;
  const fromMs = instantOf(value['from']);
  const toMs = instantOf(value['to']);
  return fromMs === undefined || toMs === undefined ? undefined : { kind: 'span', fromMs, toMs };
}
