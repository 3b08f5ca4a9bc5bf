/**
 * A number as people read it, its thousands apart: `12,941`, `41,774.19`. A decimal as text keeps every digit; what is no number stays as it is.
 * The same everywhere in commands, mails and the demo; the console writes numbers in the same way.
 */
export function numberText(value: number | string): string {
  const text = String(value);
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(\.\d+)?$/.exec(text) ?? [];
  return whole === undefined ? text : `${sign}${whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',')}${fraction}`;
}
