import { assert } from '../../kernel/assert.ts';

/** A value of a column on its way to the database. */
export type Cell = string | number | null;

/** A row by its columns, with texts as they were given. */
export type Cells = Record<string, Cell>;

/** The text of a PostgreSQL array (documentation §8.15.2) of these cells; texts are given as they are stored. */
export function arrayLiteral(cells: readonly Cell[]): string {
  let literal = '{';
  for (const cell of cells) {
    if (literal.length > 1) literal += ',';
    if (cell === null) literal += 'NULL';
    else if (typeof cell === 'number') literal += String(cell);
    else literal += `"${escaped(cell)}"`;
  }
  return `${literal}}`;
}

function escaped(text: string): string {
  return text.includes('"') || text.includes('\\') ? text.replaceAll(/["\\]/g, '\\$&') : text;
}

/** Both as in the server's catalogue pg_type, and as `array_recv` takes an array of them. */
const types = { text: 25, bigint: 20 } as const;
const headBytes = 20;

/**
 * The same array in binary form (`array_recv`, `text_recv` and `int8recv` in the server's source): nothing to escape, nothing to parse.
 * Whoever gives a text to `bigint` has a bug.
 */
export function binaryArray(kind: keyof typeof types, cells: readonly Cell[]): Buffer {
  let bytes = headBytes;
  for (const cell of cells) bytes += 4 + (typeof cell === 'string' ? Buffer.byteLength(cell) : cell === null ? 0 : 8);
  const array = Buffer.allocUnsafe(bytes);
  // Dimensions, whether there are nulls, type, length, first index.
  for (const [index, word] of [1, 1, types[kind], cells.length, 1].entries()) array.writeInt32BE(word, index * 4);
  let at = headBytes;
  for (const cell of cells) {
    if (cell === null) at = array.writeInt32BE(-1, at);
    else if (typeof cell === 'string') {
      assert(kind === 'text', 'a text is in no array of numbers');
      const length = array.write(cell, at + 4);
      array.writeInt32BE(length, at);
      at += 4 + length;
    } else {
      assert(kind === 'bigint', 'a number is in no array of texts');
      const high = Math.floor(cell / 2 ** 32);
      at = array.writeInt32BE(8, at);
      at = array.writeInt32BE(high, at);
      at = array.writeUInt32BE(cell - high * 2 ** 32, at);
    }
  }
  return array;
}
