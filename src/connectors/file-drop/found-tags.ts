// What the files in a folder have to offer, as their first rows show it.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { FoundTag } from '../../model/source.ts';
import type { FileDropOptions } from './options.ts';
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
    yield* options.tag === undefined ? columnTags(name, table.columns ?? [...new Set(rows.flatMap(({ raw }) => keysOf(raw)))], rows, options) : rowTags(name, rows, options);
  }
}

function keysOf(raw: string): readonly string[] {
  const item: unknown = JSON.parse(raw);
  return typeof item === 'object' && item !== null ? Object.keys(item) : [];
}

function* columnTags(file: string, columns: readonly string[], rows: readonly Row[], { timestamp, quality }: FileDropOptions): Generator<FoundTag> {
  for (const column of columns) {
    if (column === '' || column === timestamp || column === quality) continue;
    yield foundTag(
      file,
      column,
      rows.map((row) => row.cell(column)),
    );
  }
}

function* rowTags(file: string, rows: readonly Row[], { tag = '', value }: FileDropOptions): Generator<FoundTag> {
  for (const [name, own] of Map.groupBy(rows, (row) => row.cell(tag))) {
    if (typeof name === 'string' && name !== '')
      yield foundTag(
        file,
        name,
        own.map((row) => row.cell(value)),
      );
  }
}

function foundTag(file: string, name: string, cells: readonly unknown[]): FoundTag {
  const said = cells.filter((cell) => cell !== undefined && cell !== '' && cell !== null);
  const isEach = (test: (text: string) => boolean): boolean => said.length > 0 && said.every((cell) => test(String(cell)));
  const type = isEach((text) => /^(?:true|false)$/i.test(text)) ? 'boolean' : isEach((text) => /^[+-]?\d+(?:[.,]\d+)?(?:e[+-]?\d+)?$/i.test(text)) ? 'number' : 'text';
  return { address: `${file}#${name}`, path: [parse(file).name, name], type, note: 'Write "*" for what changes in the names of such files.' };
}
