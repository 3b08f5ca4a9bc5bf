// From one UCUM unit into another, in whole numbers as far as these go: 212 [degF] are 100 Cel, not 100.00000000000001.

/** value = (raw × scale + offset) ÷ divisor */
export interface Conversion {
  readonly scale: number;
  readonly offset: number;
  readonly divisor: number;
}

interface Ratio {
  readonly over: bigint;
  readonly under: bigint;
}

/** A unit as a factor of base units, each with its power; `zero` is what is added before the factor counts, for temperatures. */
interface Measure {
  readonly factor: Ratio;
  readonly powers: ReadonlyMap<string, number>;
  readonly zero?: Ratio;
}

const bases = ['m', 's', 'g', 'rad', 'K', 'C', 'cd', 'mol'];
/** UCUM 2.2, tables 3 to 11 and the customary units that plants use: how many of which unit. */
const derived: Readonly<Record<string, readonly [of: string, unit: string]>> = {
  '10*': ['10', '1'],
  '10^': ['10', '1'],
  '%': ['0.01', '1'],
  Hz: ['1', 's-1'],
  N: ['1', 'kg.m/s2'],
  Pa: ['1', 'N/m2'],
  J: ['1', 'N.m'],
  W: ['1', 'J/s'],
  A: ['1', 'C/s'],
  V: ['1', 'J/C'],
  F: ['1', 'C/V'],
  Ohm: ['1', 'V/A'],
  S: ['1', 'Ohm-1'],
  Wb: ['1', 'V.s'],
  T: ['1', 'Wb/m2'],
  H: ['1', 'Wb/A'],
  L: ['1', 'dm3'],
  l: ['1', 'dm3'],
  t: ['1000', 'kg'],
  bar: ['100000', 'Pa'],
  atm: ['101325', 'Pa'],
  min: ['60', 's'],
  h: ['60', 'min'],
  d: ['24', 'h'],
  wk: ['7', 'd'],
  deg: ['0.017453292519943295769', 'rad'],
  circ: ['6.283185307179586477', 'rad'],
  gon: ['0.9', 'deg'],
  eV: ['0.0000000000000000001602176634', 'J'],
  cal: ['4.184', 'J'],
  '[in_i]': ['2.54', 'cm'],
  '[ft_i]': ['12', '[in_i]'],
  '[yd_i]': ['3', '[ft_i]'],
  '[mi_i]': ['5280', '[ft_i]'],
  '[lb_av]': ['453.59237', 'g'],
  '[oz_av]': ['28.349523125', 'g'],
  '[lbf_av]': ['4.4482216152605', 'N'],
  '[psi]': ['1', '[lbf_av]/[in_i]2'],
  '[gal_us]': ['231', '[in_i]3'],
  '[HP]': ['745.69987158227022', 'W'],
  '[Btu_IT]': ['1055.05585262', 'J'],
};
const temperatures: Readonly<Record<string, { readonly factor: Ratio; readonly zero: Ratio }>> = {
  Cel: { factor: { over: 1n, under: 1n }, zero: { over: 27_315n, under: 100n } },
  '[degF]': { factor: { over: 5n, under: 9n }, zero: { over: 45_967n, under: 100n } },
};
const tens: Readonly<Record<string, number>> = { Y: 24, Z: 21, E: 18, P: 15, T: 12, G: 9, M: 6, k: 3, h: 2, da: 1, d: -1, c: -2, m: -3, u: -6, n: -9, p: -12, f: -15, a: -18 };

/** How a number in `from` becomes one in `to`; undefined where it cannot: other quantities, or units that are not carried here. */
export function conversion(from: string, to: string): Conversion | undefined {
  if (from === to) return { scale: 1, offset: 0, divisor: 1 };
  const [source, target] = [measureOf(from), measureOf(to)];
  if (!source || !target || !isSame(source.powers, target.powers)) return undefined;
  const scale = reduced(source.factor.over * target.factor.under, source.factor.under * target.factor.over);
  const lifted = source.zero ? product(source.zero, scale) : zero;
  const offset = target.zero ? difference(lifted, target.zero) : lifted;
  const divisor = leastCommon(scale.under, offset.under);
  const whole = { scale: Number((scale.over * divisor) / scale.under), offset: Number((offset.over * divisor) / offset.under), divisor: Number(divisor) };
  if (Object.values(whole).every((part) => Number.isSafeInteger(part))) return whole;
  return { scale: quotient(scale), offset: quotient(offset), divisor: 1 };
}

const one: Ratio = { over: 1n, under: 1n };
const zero: Ratio = { over: 0n, under: 1n };

function measureOf(code: string): Measure | undefined {
  const temperature = temperatures[code];
  if (temperature) return { ...temperature, powers: new Map([['K', 1]]) };
  const reader = { code, at: 0 };
  const measure = term(reader);
  return reader.at === code.length ? measure : undefined;
}

interface Reader {
  readonly code: string;
  at: number;
}

function term(reader: Reader): Measure | undefined {
  let result: Measure = { factor: one, powers: new Map() };
  let sign: 1 | -1 = 1;
  if (reader.code[reader.at] === '/') {
    sign = -1;
    reader.at++;
  }
  for (;;) {
    const part = component(reader);
    if (!part) return undefined;
    result = times(result, part, sign);
    const next = reader.code[reader.at];
    if (next !== '.' && next !== '/') return result;
    sign = next === '/' ? -1 : 1;
    reader.at++;
  }
}

function component(reader: Reader): Measure | undefined {
  const { code } = reader;
  if (code[reader.at] === '(') {
    reader.at++;
    const inner = term(reader);
    return inner && code[reader.at++] === ')' ? inner : undefined;
  }
  const [text = '', symbol = '', exponent = '1'] = /^(10[*^]|(?:\[[^\]]*\]|[^.()/{}[\]+\-0-9*^])+(?:\[[^\]]*\])?|\d+)?([+-]?\d+)?(?:\{[^{}]*\})?/.exec(code.slice(reader.at)) ?? [];
  if (text === '') return undefined;
  reader.at += text.length;
  // What is counted stands in braces and means nothing to arithmetic.
  if (symbol === '') return { factor: one, powers: new Map() };
  const unit = /^\d+$/.test(symbol) ? { factor: { over: BigInt(symbol), under: 1n }, powers: new Map<string, number>() } : unitOf(symbol);
  return unit && times({ factor: one, powers: new Map() }, unit, Number(exponent));
}

function unitOf(symbol: string): Measure | undefined {
  if (bases.includes(symbol)) return { factor: one, powers: new Map([[symbol, 1]]) };
  const known = Object.hasOwn(derived, symbol) ? derived[symbol] : undefined;
  if (known) {
    const unit = measureOf(known[1]);
    return unit && { ...unit, factor: product(ratioOf(known[0]), unit.factor) };
  }
  for (const length of [2, 1]) {
    const [prefix, rest] = [symbol.slice(0, length), symbol.slice(length)];
    const power = Object.hasOwn(tens, prefix) ? tens[prefix] : undefined;
    const unit = power === undefined || rest === '' ? undefined : unitOf(rest);
    if (power !== undefined && unit) return { ...unit, factor: product(tenTo(power), unit.factor) };
  }
  return undefined;
}

function times(left: Measure, right: Measure, exponent: number): Measure {
  const powers = new Map(left.powers);
  for (const [base, power] of right.powers) powers.set(base, (powers.get(base) ?? 0) + power * exponent);
  const { over, under } = right.factor;
  const raised = exponent < 0 ? { over: under ** BigInt(-exponent), under: over ** BigInt(-exponent) } : { over: over ** BigInt(exponent), under: under ** BigInt(exponent) };
  return { factor: product(left.factor, raised), powers };
}

function isSame(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): boolean {
  return bases.every((base) => (left.get(base) ?? 0) === (right.get(base) ?? 0));
}

function ratioOf(decimal: string): Ratio {
  const [whole = '', part = ''] = decimal.split('.');
  return reduced(BigInt(whole + part), 10n ** BigInt(part.length));
}

function tenTo(power: number): Ratio {
  return power < 0 ? { over: 1n, under: 10n ** BigInt(-power) } : { over: 10n ** BigInt(power), under: 1n };
}

function product(left: Ratio, right: Ratio): Ratio {
  return reduced(left.over * right.over, left.under * right.under);
}

function difference(left: Ratio, right: Ratio): Ratio {
  return reduced(left.over * right.under - right.over * left.under, left.under * right.under);
}

function reduced(over: bigint, under: bigint): Ratio {
  const common = greatestCommon(over < 0n ? -over : over, under);
  return { over: over / common, under: under / common };
}

function greatestCommon(left: bigint, right: bigint): bigint {
  return right === 0n ? left : greatestCommon(right, left % right);
}

function leastCommon(left: bigint, right: bigint): bigint {
  return (left / greatestCommon(left, right)) * right;
}

/** The nearest number, also where both sides are beyond what a number holds: 20 digits are more than it has. */
function quotient({ over, under }: Ratio): number {
  if (over === 0n) return 0;
  const digits = over.toString().length - under.toString().length;
  const shift = 20 - digits;
  const scaled = shift < 0 ? over / (under * 10n ** BigInt(-shift)) : (over * 10n ** BigInt(shift)) / under;
  return Number(`${scaled}e${-shift}`);
}
