// Numbers with their units; UCUM codes as people write them.
import { locale } from './locale.ts';

const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
const any = new Intl.NumberFormat(locale, { maximumFractionDigits: 3 });

/** `25,491`; small numbers keep one decimal. */
export function numberWords(value: number): string {
  return Number.isInteger(value) || Math.abs(value) >= 99.95 ? whole.format(value) : tenths.format(value);
}

/** As exact as it is worth being shown, to three decimals. */
export function exactWords(value: number): string {
  return any.format(value);
}

const units: Readonly<Record<string, string>> = {
  'mm/s': 'mm/s',
  Cel: '°C',
  '%': '%',
  '1': '',
  min: 'min',
  s: 's',
  ms: 'ms',
  h: 'h',
};

/** A UCUM code as people write it: `{pack}/min` is `packs/min`, or `pack/min` of one. */
export function unitWords(ucum: string, value = 2): string {
  const known = units[ucum];
  if (known !== undefined) return known;
  const [, counted, rest = ''] = /^\{([^}]*)\}(.*)$/s.exec(ucum) ?? [];
  return `${counted === undefined ? '' : value === 1 ? counted : pluralOf(counted)}${counted === undefined ? ucum : rest}`.replaceAll(/\{([^}]*)\}/g, '$1');
}

function pluralOf(one: string): string {
  return /[^a-z]$|s$/i.test(one) ? one : /(?:x|ch|sh)$/.test(one) ? `${one}es` : `${one}s`;
}

/** Value and unit. */
export function quantityWords(value: number, ucum: string): string {
  return `${numberWords(value)} ${unitWords(ucum, value)}`.trimEnd();
}

/** `1 order`, `3 orders`. */
export function countWords(count: number, one: string, many = `${one}s`): string {
  return `${whole.format(count)} ${count === 1 ? one : many}`;
}

const moneyForms = new Map<string, Intl.NumberFormat>();

/** `€41,774.19`; `currency` is an ISO 4217 code. */
export function moneyWords(amount: number, currency: string): string {
  const known = moneyForms.get(currency);
  const form = known ?? new Intl.NumberFormat(locale, { style: 'currency', currency });
  // As many as there are currencies, at most.
  if (!known) moneyForms.set(currency, form);
  return form.format(amount);
}
