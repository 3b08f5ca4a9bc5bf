// What the files in a folder have to offer, as their first rows show it.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { FoundTag } from '../../model/source.ts';
import type { FileDropOptions } from './options.ts';
import { cellValue } from './row-values.ts';
import { tableIn, type Row } from './table.ts';

const filesMax = 200;

/** Nothing is moved. Raises SYSTEM_UNREACHABLE where the folder cannot be read. */
export async function* tagsIn(root: string, options: FileDropOptions, signal: AbortSignal): AsyncGenerator<FoundTag> {
  let names: readonly string[];
  try {
    const entries = await readdir(root, { withFileTypes: true });
    names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch (error) {
    throw new Fault('SYSTEM_UNREACHABLE', `Cannot read ${root}: ${messageOf(error)}.`, { folder: root }, error);
  }
  for (const name of names.toSorted().slice(0, filesMax)) {
    if (signal.aborted) return;
    const path = join(root, name);
    const bytes = (await stat(path)).size;
    const table = bytes > options.bytesMax ? `The file has ${bytes} bytes; at most ${options.bytesMax} are read.` : tableIn(name, await readFile(path), options);
    if (typeof table === 'string') {
      yield { address: `${name}#`, path: [name], note: table };
      continue;
    }
    const [first = []] = table.rows;
    const rows = first.filter((row): row is Row => !('reason' in row));
    const columns = table.columns ?? [...new Set(rows.flatMap(({ raw }) => keysOf(raw)))];
    const found = options.tag === undefined ? columnCells(columns, rows, options) : tagCells(rows, options.tag, options.value);
    for (const [of, cells] of found) yield foundTag(name, of, cells, !table.columns, options);
  }
}

function keysOf(raw: string): readonly string[] {
  const item: unknown = JSON.parse(raw);
  return typeof item === 'object' && item !== null ? Object.keys(item) : [];
}

function* columnCells(columns: readonly string[], rows: readonly Row[], { timestamp, quality }: FileDropOptions): Generator<readonly [string, readonly unknown[]]> {
  for (const column of columns) if (column !== '' && column !== timestamp && column !== quality) yield [column, rows.map((row) => row.cell(column))];
}

function* tagCells(rows: readonly Row[], tag: string, value: string): Generator<readonly [string, readonly unknown[]]> {
  for (const [name, own] of Map.groupBy(rows, (row) => row.cell(tag))) if (typeof name === 'string' && name !== '') yield [name, own.map((row) => row.cell(value))];
}

function foundTag(file: string, name: string, cells: readonly unknown[], isTyped: boolean, options: FileDropOptions): FoundTag {
  const said = cells.filter((cell) => cell !== undefined && cell !== '' && cell !== null);
  const kinds = new Set(said.map((cell) => typeof cellValue(cell, name, isTyped, options)));
  const [kind] = kinds;
  const type = kinds.size === 1 && (kind === 'boolean' || kind === 'number') ? kind : 'text';
  return { address: `${file}#${name}`, path: [parse(file).name, name], type, note: 'Write "*" for what changes in the names of such files.' };
}
