import { Fault } from './errors.ts';

/** An exact decimal as digits × 10^-scale. Money and stock are never floats. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

export function decimal(text: string): Decimal {
  const match = /^(-?)(\d{1,30})(?:\.(\d{1,12}))?$/.exec(text);
  if (!match) throw new Fault('INPUT_INVALID', `"${text}" is not a decimal number such as "12.50".`, { text });
  const fraction = match[3] ?? '';
  return { digits: BigInt(`${match[1]}${match[2]}${fraction}`), scale: fraction.length };
}

export function decimalText({ digits, scale }: Decimal): string {
  const sign = digits < 0n ? '-' : '';
  const all = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  return scale === 0 ? `${sign}${all}` : `${sign}${all.slice(0, -scale)}.${all.slice(-scale)}`;
}

export function decimalSum(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { digits: a.digits * 10n ** BigInt(scale - a.scale) + b.digits * 10n ** BigInt(scale - b.scale), scale };
}

export function decimalProduct(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, scale: a.scale + b.scale };
}
