/** More names than this are left to a parser. One bit each. */
export const namesMax = 30;
/** Digits of a number that are exact in a double, whatever power of ten up to 22 they are divided by. */
const digitsMax = 15;
const powersOfTen = Array.from({ length: digitsMax + 1 }, (_, power) => 10 ** power);
const char = {
  quote: 0x22,
  comma: 0x2c,
  minus: 0x2d,
  point: 0x2e,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  backslash: 0x5c,
  open: 0x7b,
  close: 0x7d,
  space: 0x20,
  delete: 0x7f,
} as const;
const literals = ['true', 'false', 'null'].map((word) => Buffer.from(word));

/**
 * Numbers of a JSON object under names of its own, read where they stand: a quarter of what a parser takes, and no object. It knows objects of
 * numbers, plain ASCII texts, `true`, `false` and `null`, and reads them as `JSON.parse` does, to the last bit; all else, and what is broken, is
 * left to that.
 */
export class JsonNumbers {
  /** In the order of the names, after a `read` that was true. */
  readonly values: Float64Array;
  readonly #names: readonly Uint8Array[];
  readonly #all: number;
  #at = 0;

  /** Of at most `namesMax` names. */
  constructor(names: readonly string[]) {
    this.#names = names.map((name) => Buffer.from(name));
    this.values = new Float64Array(names.length);
    this.#all = 2 ** names.length - 1;
  }

  /** Whether the document from `from` to `end` is such an object, and has a number under every name. */
  read(bytes: Uint8Array, from: number, end: number): boolean {
    if (end - from < 2 || bytes[from] !== char.open || bytes[end - 1] !== char.close) return false;
    let seen = 0;
    this.#at = from + 1;
    for (;;) {
      const nameAt = this.#at + 1;
      if (bytes[this.#at] !== char.quote || !this.#text(bytes, end)) return false;
      const name = this.#nameAt(bytes, nameAt, this.#at - 1);
      if (bytes[this.#at++] !== char.colon) return false;
      if (bytes[this.#at] === char.space) this.#at++;
      const first = bytes[this.#at] ?? 0;
      if (first === char.minus || (first >= char.zero && first <= char.nine)) {
        const value = this.#number(bytes);
        if (Number.isNaN(value)) return false;
        if (name >= 0) {
          this.values[name] = value;
          seen |= 1 << name;
        }
      } else if (name >= 0 || !(first === char.quote ? this.#text(bytes, end) : this.#literal(bytes))) return false;
      const after = bytes[this.#at++];
      if (after === char.close) return this.#at === end && seen === this.#all;
      if (after !== char.comma) return false;
      if (bytes[this.#at] === char.space) this.#at++;
    }
  }

  /** Goes behind a text that has nothing to be read otherwise than it stands there. */
  #text(bytes: Uint8Array, end: number): boolean {
    let at = this.#at + 1;
    for (; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === char.quote) break;
      if (byte < char.space || byte >= char.delete || byte === char.backslash) return false;
    }
    this.#at = at + 1;
    return at < end;
  }

  #literal(bytes: Uint8Array): boolean {
    const word = literals.find((each) => isAt(each, bytes, this.#at));
    this.#at += word?.length ?? 0;
    return word !== undefined;
  }

  /** Its place among the names; -1 where it is none of them. */
  #nameAt(bytes: Uint8Array, from: number, to: number): number {
    const names = this.#names;
    for (let index = 0; index < names.length; index++) {
      const name = names[index];
      if (name && name.length === to - from && isAt(name, bytes, from)) return index;
    }
    return -1;
  }

  /** Without an exponent, with at most `digitsMax` digits; NaN where it is another. */
  #number(bytes: Uint8Array): number {
    let at = this.#at;
    const isNegative = bytes[at] === char.minus;
    if (isNegative) at++;
    const begin = at;
    let value = 0;
    let byte = bytes[at] ?? 0;
    for (; byte >= char.zero && byte <= char.nine; byte = bytes[++at] ?? 0) value = value * 10 + (byte - char.zero);
    let digits = at - begin;
    // RFC 8259 §6: nothing begins with a zero but zero itself.
    if (digits === 0 || (digits > 1 && bytes[begin] === char.zero)) return Number.NaN;
    if (byte === char.point) {
      const point = at;
      for (byte = bytes[++at] ?? 0; byte >= char.zero && byte <= char.nine; byte = bytes[++at] ?? 0) value = value * 10 + (byte - char.zero);
      const decimals = at - point - 1;
      digits += decimals;
      if (decimals === 0 || digits > digitsMax) return Number.NaN;
      value /= powersOfTen[decimals] ?? Number.NaN;
    }
    // An exponent is no comma and no end: it is found out there.
    if (digits > digitsMax) return Number.NaN;
    this.#at = at;
    return isNegative ? -value : value;
  }
}

function isAt(word: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < word.length; index++) if (word[index] !== bytes[at + index]) return false;
  return true;
}
