import { readFileSync } from 'node:fs';
import { csvRows, type CsvRow } from '../kernel/csv.ts';
import { Fault, messageOf } from '../kernel/errors.ts';
import { ucumProblem } from '../kernel/ucum.ts';
import { defineSignal, type Asset, type Signal, type SignalFamily, type SignalSpec } from './asset.ts';
import { packmlCodes } from './packml.ts';
import type { Source } from './source.ts';

/** The columns of a tag map, in the order in which they are drafted; only the first three must be there. */
export const tagColumns = ['source', 'address', 'signal', 'family', 'type', 'unit', 'source unit', 'scale', 'offset', 'deadband', 'note'] as const;
type TagColumn = (typeof tagColumns)[number];
type Tag = Readonly<Record<TagColumn, string>>;

const needed: readonly TagColumn[] = ['source', 'address', 'signal'];
const families: readonly SignalFamily[] = ['state', 'throughput', 'temperature', 'vibration', 'downtime', 'counter', 'context'];
/** Problems that one message tells. */
const toldMax = 20;

/** Signals by their name, `<asset>.<of>`. */
export type TagMap = Readonly<Record<string, Signal>>;

/**
 * Signals from a table that a controls engineer edits: one line per tag, `source,address,signal,family,type,unit,source unit,scale,offset,deadband,note`.
 * `${name}` in a cell stands for a parameter, so that one table serves many plants. A line without a signal is a tag that nobody has named yet,
 * and is left out. Raises LANDSCAPE_INVALID with every line that is wrong: what is unknown, not UCUM, no number, there twice.
 */
export function defineTags(spec: {
  /** `new URL('tags.csv', import.meta.url)`; only its name, for messages, where `csv` gives the table itself. */
  readonly file: URL | string;
  readonly csv?: string;
  readonly sources: readonly Source[];
  readonly assets: readonly Asset[];
  readonly parameters?: Readonly<Record<string, string>>;
}): TagMap {
  const file = String(spec.file).replace(/^.*[\\/]/, '');
  const [head, ...rows] = csvRows(spec.csv ?? tableIn(spec.file));
  const columns = (head?.cells ?? []).map((cell) => cell.trim().toLowerCase());
  const strange = columns.filter((column) => !isColumn(column));
  const absent = needed.filter((column) => !columns.includes(column));
  if (strange.length > 0 || absent.length > 0) throw wrongColumns(file, strange, absent);
  const problems: string[] = [];
  const unused = new Set(Object.keys(spec.parameters ?? {}));
  const signals: Record<string, Signal> = {};
  for (const row of rows) {
    try {
      const tag = tagOf(row, columns, spec.parameters ?? {}, unused);
      if (tag.signal === '') continue;
      const signal = signalOf(tag, spec.sources, spec.assets);
      if (Object.hasOwn(signals, signal.name)) problems.push(`${file}:${row.line}: the signal ${signal.name} is there already`);
      signals[signal.name] = signal;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      problems.push(`${file}:${row.line}: ${error.message.replace(/^\S+:\d+: /, '').replace(/\.$/, '')}`);
    }
  }
  for (const parameter of unused) problems.push(`${file}: no cell has the parameter \${${parameter}}`);
  if (problems.length === 0) return Object.freeze(signals);
  const more = problems.length > toldMax ? `; and ${problems.length - toldMax} more` : '';
  throw new Fault('LANDSCAPE_INVALID', `${problems.slice(0, toldMax).join('; ')}${more}.`, { problems });
}

/** The numeric signal of a name, for a rule to be on. Raises LANDSCAPE_INVALID where the map has none. */
export function numberTag(tags: TagMap, name: string): Signal<number> {
  const signal = tags[name];
  // A signal's type says what its values are; the parameter of `Signal` is only for the compiler.
  if (signal?.type === 'number') return signal as Signal<number>;
  throw new Fault('LANDSCAPE_INVALID', `The tag map has no numeric signal ${name}${signal ? `: it is a ${signal.type}` : ''}.`, { signal: name });
}

/** The text signal of a name, for a rule's context. Raises LANDSCAPE_INVALID where the map has none. */
export function textTag(tags: TagMap, name: string): Signal<string> {
  const signal = tags[name];
  // As above.
  if (signal?.type === 'text') return signal as Signal<string>;
  throw new Fault('LANDSCAPE_INVALID', `The tag map has no text signal ${name}${signal ? `: it is a ${signal.type}` : ''}.`, { signal: name });
}

/** A landscape depends on nothing but us, so that its table is read here, as its code is: while it is loaded. */
function tableIn(file: URL | string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Fault('LANDSCAPE_INVALID', `The tag map ${String(file)} cannot be read: ${messageOf(error)}`, {}, error);
  }
}

function isColumn(text: string): text is TagColumn {
  return tagColumns.some((column) => column === text);
}

function wrongColumns(file: string, strange: readonly string[], absent: readonly string[]): Fault {
  const parts = [
    ...strange.map((column) => `${JSON.stringify(column)} is no column of a tag map (${tagColumns.join(', ')})`),
    ...absent.map((column) => `the column ${JSON.stringify(column)} is missing`),
  ];
  return new Fault('LANDSCAPE_INVALID', `${file}:1: ${parts.join('; ')}.`, { file });
}

function problem(text: string): Fault {
  return new Fault('LANDSCAPE_INVALID', text);
}

function tagOf({ cells, isOpen }: CsvRow, columns: readonly string[], parameters: Readonly<Record<string, string>>, unused: Set<string>): Tag {
  if (isOpen) throw problem('a quote is opened and not closed: this line and all that follow are one cell');
  if (cells.length > columns.length) throw problem(`there are ${cells.length} cells under ${columns.length} columns`);
  const filled = (text: string): string =>
    text.trim().replaceAll(/\$\{([^}]*)\}/g, (_all, name: string) => {
      const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
      if (value === undefined) throw problem(`the parameter \${${name}} is not given`);
      unused.delete(name);
      return value;
    });
  const cell = (column: TagColumn): string => filled(cells[columns.indexOf(column)] ?? '');
  return {
    source: cell('source'),
    address: cell('address'),
    signal: cell('signal'),
    family: cell('family'),
    type: cell('type'),
    unit: cell('unit'),
    'source unit': cell('source unit'),
    scale: cell('scale'),
    offset: cell('offset'),
    deadband: cell('deadband'),
    note: '',
  };
}

function signalOf(tag: Tag, sources: readonly Source[], assets: readonly Asset[]): Signal {
  const source = sources.find(({ name }) => name === tag.source);
  if (!source) throw problem(`there is no source ${JSON.stringify(tag.source)}`);
  if (tag.address === '') throw problem('the address is empty');
  // An asset's name may have dots; the longest that fits is meant.
  const asset = assets.filter(({ name }) => tag.signal.startsWith(`${name}.`)).sort((a, b) => b.name.length - a.name.length)[0];
  if (!asset) throw problem(`the signal ${JSON.stringify(tag.signal)} is not "<asset>.<name>" of an asset that is given`);
  const family = families.find((each) => each === (tag.family || 'context'));
  if (!family) throw problem(`${JSON.stringify(tag.family)} is no family of signals (${families.join(', ')})`);
  const spec: SignalSpec = { asset, of: tag.signal.slice(asset.name.length + 1), family, source, address: tag.address };
  const type = tag.type || 'number';
  if (type === 'text') return defineSignal({ ...spec, type });
  if (type === 'packml') return defineSignal({ ...spec, type: 'text', codes: packmlCodes });
  if (type === 'boolean') return defineSignal({ ...spec, type });
  if (type !== 'number') throw problem(`${JSON.stringify(tag.type)} is no type of signals (number, text, boolean, packml)`);
  for (const unit of [tag.unit, tag['source unit']]) {
    const wrong = unit === '' ? undefined : ucumProblem(unit);
    if (wrong !== undefined) throw problem(`${JSON.stringify(unit)} is no unit: ${wrong}`);
  }
  return defineSignal({
    ...spec,
    ...(tag.unit !== '' && { unit: tag.unit }),
    ...(tag['source unit'] !== '' && { sourceUnit: tag['source unit'] }),
    ...numberIn(tag, 'scale'),
    ...numberIn(tag, 'offset'),
    ...numberIn(tag, 'deadband'),
  });
}

/** A number as the table writes it, with a point or, as spreadsheets in half of Europe do, with a comma. */
function numberIn(tag: Tag, column: 'scale' | 'offset' | 'deadband'): Partial<Record<typeof column, number>> {
  const text = tag[column];
  if (text === '') return {};
  const value = /^[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text.replace(',', '.')) : Number.NaN;
  if (!Number.isFinite(value) || (column === 'scale' && value === 0) || (column === 'deadband' && value < 0)) throw problem(`the ${column} ${JSON.stringify(text)} does not fit`);
  return { [column]: value };
}
