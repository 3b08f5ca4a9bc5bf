import { keyNames, type BusinessKeys, type KeyName } from '../model/contract.ts';

/** A row as a database gave it. A column that is not what the layout says is a bug or a broken file: never worked on. */
export type Row = Readonly<Record<string, unknown>>;

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw unexpected(column, value);
  return value;
}

export function textOrNone(row: Row, column: string): string | undefined {
  const value = row[column];
  if (value === null) return undefined;
  if (typeof value !== 'string') throw unexpected(column, value);
  return value;
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw unexpected(column, value);
  return value;
}

export function integerOrNone(row: Row, column: string): number | undefined {
  const value = row[column];
  if (value === null) return undefined;
  if (typeof value !== 'number') throw unexpected(column, value);
  return value;
}

export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw unexpected(column, value);
  return value;
}

/** One of the words of `words`. */
export function word<Word extends string>(row: Row, column: string, words: Readonly<Record<Word, true>>): Word {
  const value = text(row, column);
  if (!isWord(value, words)) throw unexpected(column, value);
  return value;
}

function isWord<Word extends string>(value: string, words: Readonly<Record<Word, true>>): value is Word {
  return Object.hasOwn(words, value);
}

/** A column that holds a JSON array of texts. */
export function texts(row: Row, column: string): readonly string[] {
  const value: unknown = JSON.parse(text(row, column));
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw unexpected(column, value);
  return value;
}

/** A column that holds business keys as a JSON object. */
export function keys(row: Row, column: string): BusinessKeys {
  const value: unknown = JSON.parse(text(row, column));
  if (typeof value !== 'object' || value === null) throw unexpected(column, value);
  const found: Partial<Record<KeyName, string>> = {};
  const fields = new Map<string, unknown>(Object.entries(value));
  for (const name of keyNames) {
    const field = fields.get(name);
    if (typeof field === 'string') found[name] = field;
  }
  return found;
}

function unexpected(column: string, value: unknown): Error {
  return new Error(`Bug: column ${column} of the store holds ${JSON.stringify(value) ?? typeof value}, which its layout does not allow`);
}
