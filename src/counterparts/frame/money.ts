// Decimal strings with two places, computed in whole cents; never floats.

export function centsOf(text: string): bigint {
  const parts = /^(-?)(\d+)\.(\d\d)$/.exec(text);
  if (parts === null) throw new Error(`${text} is not a decimal with two places`);
  const [, sign, whole, cents] = parts;
  return BigInt(`${sign}${whole}${cents}`);
}

export function decimalOf(cents: bigint): string {
  const digits = String(cents < 0n ? -cents : cents).padStart(3, '0');
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
