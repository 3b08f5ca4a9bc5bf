/** The identifiers of GS1 that a text field may hold; also the names of their formats in a schema. */
export const gs1Formats = ['gtin', 'sscc', 'gln'] as const;
export type Gs1Format = (typeof gs1Formats)[number];

const lengths: Readonly<Record<Gs1Format, readonly number[]>> = { gtin: [8, 12, 13, 14], sscc: [18], gln: [13] };

/** The check digit that belongs behind `digits`: modulo 10, weights 3, 1, 3 … from the right (GS1 General Specifications, 7.9). */
export function gs1CheckDigit(digits: string): number {
  let sum = 0;
  for (let at = 1; at <= digits.length; at += 1) sum += Number(digits[digits.length - at]) * (at % 2 === 1 ? 3 : 1);
  return (10 - (sum % 10)) % 10;
}

/** Why `text` is none of `format`, as a sentence without its full stop; undefined where it is one. */
export function gs1Problem(format: Gs1Format, text: string): string | undefined {
  const wanted = lengths[format];
  const told = `${JSON.stringify(text.slice(0, 40))} is no ${format.toUpperCase()}`;
  if (!/^[0-9]*$/.test(text)) return `${told}: it has other signs than the digits 0 to 9`;
  if (!wanted.includes(text.length)) return `${told}: it has ${text.length} digits, not ${wanted.join(', ').replace(/, (?=\d+$)/, ' or ')}`;
  const right = gs1CheckDigit(text.slice(0, -1));
  return text.endsWith(String(right)) ? undefined : `${told}: its last digit is ${text.at(-1)}, the right check digit is ${right}`;
}

/** Whether `text` is a Global Trade Item Number: GTIN-8, -12, -13 or -14, digits only. */
export function isGtin(text: string): boolean {
  return gs1Problem('gtin', text) === undefined;
}

/** Whether `text` is a Serial Shipping Container Code: 18 digits, without the application identifier `00`. */
export function isSscc(text: string): boolean {
  return gs1Problem('sscc', text) === undefined;
}

/** Whether `text` is a Global Location Number: 13 digits. */
export function isGln(text: string): boolean {
  return gs1Problem('gln', text) === undefined;
}
