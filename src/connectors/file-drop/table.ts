// A file's rows, some at a time, so that a long one does not hold up everything else.
import { csvRows, type CsvRow } from '../../kernel/csv.ts';
import { jsonPointer, pointedAt } from '../../kernel/json-pointer.ts';
import type { FileDropOptions } from './options.ts';

export interface Row {
  /** Of the text, from 1; of a JSON list, its item. */
  readonly line: number;
  /** For people. */
  readonly raw: string;
  /** Undefined where it has no such column. */
  cell(name: string): unknown;
}

export type Found = Row | { readonly line: number; readonly raw: string; readonly reason: string };

export interface Table {
  /** Those of the head; undefined where each row may have others. */
  readonly columns?: readonly string[];
  readonly rows: Iterable<readonly Found[]>;
}

const chunkChars = 262_144;
const columnsMax = 10_000;

/** The rows of a file's content; a sentence where it is no table, or lacks a column that every row needs. */
export function tableIn(name: string, content: Uint8Array, { encoding, timestamp, tag, value }: FileDropOptions): Table | string {
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(content);
  } catch {
    // What it is not is all there is to say.
    return `The file is no ${encoding} text.`;
  }
  const table = tableOf(name, text);
  if (typeof table === 'string' || !table.columns) return table;
  const missing = [timestamp, tag, tag === undefined ? undefined : value].find((column) => column !== undefined && !table.columns?.includes(column));
  return missing === undefined ? table : `The file has no column ${JSON.stringify(missing)}.`;
}

/** The rows of a text, by the ending of its file's name; a sentence where it has none. */
function tableOf(name: string, text: string): Table | string {
  const [, ending = ''] = /\.([^.]+)$/.exec(name.toLowerCase()) ?? [];
  switch (ending) {
    case 'csv':
    case 'txt':
      return csvTable(text.replace(/^\uFEFF/, ''));
    case 'json':
      return jsonTable(text.replace(/^\uFEFF/, ''));
    case 'ndjson':
    case 'jsonl':
      return { rows: jsonLines(text.replace(/^\uFEFF/, '')) };
    default:
      return `The file is neither .csv, .txt, .json, .ndjson nor .jsonl.`;
  }
}

function csvTable(text: string): Table | string {
  const headEnd = text.search(/\r?\n|$/);
  const head = text.slice(0, headEnd);
  const columns = csvRows(head)[0]?.cells.map((cell) => cell.trim());
  if (!columns || columns.length > columnsMax) return `The file has no line of columns, or more than ${columnsMax}.`;
  const twice = columns.find((column, index) => column !== '' && columns.indexOf(column) !== index);
  if (twice !== undefined) return `The file has two columns ${JSON.stringify(twice)}.`;
  const at = new Map(columns.map((column, index) => [column, index]));
  return { columns, rows: csvChunks(text, head, (row, raw) => csvRow(row, raw, at, columns.length)) };
}

function* csvChunks(text: string, head: string, make: (row: CsvRow, raw: string) => Found): Generator<readonly Found[]> {
  let from = text.indexOf('\n') + 1;
  let before = 1;
  while (from > 0 && from < text.length) {
    const to = chunkEnd(text, from);
    const chunk = text.slice(from, to);
    const lines = chunk.split('\n');
    // With the head, so that the separator is found as it was; that line is dropped again.
    const rows = csvRows(`${head}\n${chunk}`).slice(1);
    yield rows.map(({ line, cells, isOpen }) => make({ line: line - 1 + before, cells, ...(isOpen && { isOpen }) }, lines[line - 2]?.trimEnd() ?? ''));
    before += lines.length - 1;
    from = to;
  }
}

/** After a line break that is in no quoted cell: one that an even number of quotes precede. */
function chunkEnd(text: string, from: number): number {
  let quotes = 0;
  let counted = from;
  for (let at = text.indexOf('\n', from + chunkChars); at >= 0; at = text.indexOf('\n', at + 1)) {
    for (let quote = text.indexOf('"', counted); quote >= 0 && quote < at; quote = text.indexOf('"', quote + 1)) quotes++;
    counted = at;
    if (quotes % 2 === 0) return at + 1;
  }
  return text.length;
}

function csvRow({ line, cells, isOpen }: CsvRow, raw: string, at: ReadonlyMap<string, number>, width: number): Found {
  if (isOpen) return { line, raw, reason: 'A quote is opened in this row and not closed.' };
  if (cells.length !== width) return { line, raw, reason: `The row has ${cells.length} cells, and the head ${width}.` };
  return { line, raw, cell: (name) => cells[at.get(name) ?? -1] };
}

const itemsInChunk = 1_000;

function jsonTable(text: string): Table | string {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    return `The file is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  const items: readonly unknown[] = Array.isArray(document) ? document : [document];
  return { rows: itemChunks(items) };
}

function* itemChunks(items: readonly unknown[]): Generator<readonly Found[]> {
  for (let from = 0; from < items.length; from += itemsInChunk) yield items.slice(from, from + itemsInChunk).map((item, index) => jsonRow(item, from + index + 1));
}

function* jsonLines(text: string): Generator<readonly Found[]> {
  let chunk: Found[] = [];
  let line = 0;
  for (let from = 0; from < text.length;) {
    const end = text.indexOf('\n', from);
    const raw = text.slice(from, end < 0 ? undefined : end).trim();
    line++;
    from = end < 0 ? text.length : end + 1;
    if (raw !== '') chunk.push(jsonLine(raw, line));
    if (chunk.length < itemsInChunk) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

function jsonLine(raw: string, line: number): Found {
  try {
    return jsonRow(JSON.parse(raw), line);
  } catch (error) {
    return { line, raw, reason: `The line is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function jsonRow(item: unknown, line: number): Found {
  const raw = JSON.stringify(item);
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return { line, raw, reason: 'It is no JSON object.' };
  return { line, raw, cell: (name) => pointedAt(item, (name.startsWith('/') ? jsonPointer(name) : undefined) ?? [name]) };
}
