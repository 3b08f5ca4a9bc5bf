import { Fault } from '../../kernel/errors.ts';
import { momentOf } from '../../kernel/moment.ts';
import type { Rule } from '../../model/rule.ts';
import type { Signal } from '../../model/asset.ts';
import type { SignalColumns, TelemetryBlock } from '../telemetry/telemetry-block.ts';

/** Rows of a block that a file is read into. */
const blockRows = 65_536;

/** What is judged: a signal, and those that are known beside it by names of their own; as of a rule. */
export interface Read {
  readonly on: Signal;
  readonly with: Rule['with'];
  /** Whether a value of `on` says something, where not every one does. */
  readonly isKnown?: (value: string) => boolean;
}

/** Telemetry of a CSV file. */
export interface CsvTelemetry {
  /** Names in `with` that no column of the file gives. */
  readonly absent: readonly string[];
  /** Names of columns that are none of its signals. */
  readonly strange: readonly string[];
  /** Its rows were not in the order of time, and are played in it. */
  readonly isSorted: boolean;
  /** Values that say nothing, each once with the line that has it first; the first of them. */
  readonly unknown: readonly { readonly value: string; readonly line: number }[];
  /** May be read more than once. Raises INPUT_INVALID with the line. */
  blocks(): Generator<TelemetryBlock>;
}

/**
 * Telemetry from the text of a CSV file: the first column is the time (RFC 3339, `YYYY-MM-DD hh:mm:ss` in UTC, or epoch milliseconds), each
 * other one a signal by its name, or by its name in `with`; a single other one called `value` is the signal that is judged. Empty
 * fields are no samples; rows of one time stay in their order. Raises INPUT_INVALID with the line, and TOO_LARGE of a file that is out of order
 * and too long to be sorted.
 */
export function csvTelemetry(text: string, rule: Read): CsvTelemetry {
  const first = lineAt(text, 0);
  if (text.trim() === '') throw new Fault('INPUT_INVALID', `The CSV file is empty. Its first line names its columns: "time,${rule.on.name}".`);
  const header = fieldsOf(first?.text ?? '').map((name) => name.trim());
  const names = header.slice(1);
  const signals = names.map((name) => signalOf(name, rule));
  const isValueFirst = signalOf(header[0] ?? '', rule) === rule.on;
  if (isValueFirst && names.length === 0)
    throw new Fault('INPUT_INVALID', `The CSV file has only the column "${header[0]}", and no times. Put the time of each value before it: "time,${header[0]}".`, {
      columns: header,
    });
  if (!signals.includes(rule.on))
    throw new Fault(
      'INPUT_INVALID',
      `The CSV file has no column "${rule.on.name}" (or "value"); it has: ${header.join(', ')}.${header.length === 1 && header[0]?.includes(';') === true ? ' Separate columns by commas.' : ''}`,
      { columns: header },
    );
  const given = new Set(signals);
  const bodyAt = first?.next ?? text.length;
  const order = isInOrder(text, bodyAt) ? undefined : placesByTime(text, bodyAt);
  return {
    absent: Object.keys(rule.with).filter((name) => !given.has(rule.with[name])),
    strange: names.filter((_, index) => signals[index] === undefined),
    isSorted: order !== undefined,
    unknown: unknownIn(text, bodyAt, signals.indexOf(rule.on) + 1, rule.isKnown),
    *blocks() {
      const lines = order ? linesAt(text, order) : linesFrom(text, bodyAt);
      for (;;) {
        const block = readBlock(lines, signals, rule.on);
        if (!block) return;
        yield block;
      }
    },
  };
}

/** Values that say nothing, of which so many are named. */
const unknownMax = 5;

function unknownIn(text: string, from: number, column: number, isKnown: Read['isKnown']): CsvTelemetry['unknown'] {
  const found = new Map<string, number>();
  if (!isKnown) return [];
  for (const { text: row, line } of linesFrom(text, from)) {
    const value = fieldsOf(row)[column] ?? '';
    if (value === '' || found.has(value) || isKnown(value)) continue;
    found.set(value, line);
    if (found.size === unknownMax) break;
  }
  return [...found].map(([value, line]) => ({ value, line }));
}

/** A line that is not empty; `line` counts from 1, as editors do. */
interface Line {
  readonly text: string;
  readonly line: number;
}

/** The line that begins at a place, and where the next one does. */
function lineAt(text: string, at: number): { readonly text: string; readonly next: number } | undefined {
  if (at >= text.length) return undefined;
  const end = text.indexOf('\n', at);
  const stop = end < 0 ? text.length : end;
  return { text: text.slice(at, text[stop - 1] === '\r' ? stop - 1 : stop), next: stop + 1 };
}

function* linesFrom(text: string, from: number): Generator<Line & { readonly at: number }, undefined> {
  let [at, line] = [from, 1];
  for (let found = lineAt(text, at); found; found = lineAt(text, at)) {
    line += 1;
    if (found.text !== '') yield { text: found.text, line, at };
    at = found.next;
  }
}

/** Where lines begin, and which they are. */
interface Places {
  readonly at: Float64Array;
  readonly line: Float64Array;
}

function* linesAt(text: string, { at, line }: Places): Generator<Line, undefined> {
  for (let index = 0; index < at.length; index++) yield { text: lineAt(text, at[index] ?? 0)?.text ?? '', line: line[index] ?? 0 };
}

function isInOrder(text: string, from: number): boolean {
  let newestMs = -Infinity;
  for (const line of linesFrom(text, from)) {
    const atMs = timeOf(line);
    if (atMs < newestMs) return false;
    newestMs = atMs;
  }
  return true;
}

/** Rows that are put in order at most: some hundred bytes each while that is done. */
const sortedMax = 10_000_000;

function placesByTime(text: string, from: number): Places {
  const rows: { readonly atMs: number; readonly at: number; readonly line: number }[] = [];
  for (const line of linesFrom(text, from)) {
    if (rows.length === sortedMax)
      throw new Fault('TOO_LARGE', `The rows of the CSV file are not in the order of time, and more than ${sortedMax} are not sorted here. Sort the file by its first column.`, {
        sortedMax,
      });
    rows.push({ atMs: timeOf(line), at: line.at, line: line.line });
  }
  rows.sort((a, b) => a.atMs - b.atMs);
  return { at: Float64Array.from(rows, ({ at }) => at), line: Float64Array.from(rows, ({ line }) => line) };
}

/** Raises INPUT_INVALID. */
function timeOf({ text, line }: Line): number {
  const comma = text.indexOf(',');
  return momentOf((text.startsWith('"') ? fieldsOf(text)[0] : comma < 0 ? text : text.slice(0, comma)) ?? '', `Line ${line}`);
}

/** Fields of one line; quotes as in RFC 4180, but no line breaks within them. */
function fieldsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}

function signalOf(name: string, rule: Read): Signal | undefined {
  if (name === rule.on.name || name === 'value') return rule.on;
  return rule.with[name] ?? Object.values(rule.with).find((signal) => signal.name === name);
}

interface Filling {
  readonly signal: Signal;
  readonly rows: number[];
  readonly atMs: number[];
  readonly values: number[];
  readonly places: Map<string | boolean, number>;
}

function readBlock(lines: Iterator<Line, undefined>, signals: readonly (Signal | undefined)[], own: Signal): TelemetryBlock | undefined {
  const fillings = signals.map((signal): Filling | undefined => signal && { signal, rows: [], atMs: [], values: [], places: new Map() });
  // The context of a moment comes before the value that is judged with it.
  const order = fillings.map((_, index) => index).sort((a, b) => Number(signals[a] === own) - Number(signals[b] === own));
  let rows = 0;
  let [fromMs, toMs] = [Infinity, -Infinity];
  while (rows < blockRows) {
    const { value: row } = lines.next();
    if (row === undefined) break;
    const { text, line } = row;
    const fields = fieldsOf(text);
    if (fields.length !== signals.length + 1)
      throw new Fault('INPUT_INVALID', `Line ${line} of the CSV file has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}, its first line ${signals.length + 1}.`, {
        line,
      });
    const atMs = momentOf(fields[0] ?? '', `Line ${line}`);
    for (const index of order) {
      const [filling, field] = [fillings[index], fields[index + 1] ?? ''];
      if (!filling || field === '') continue;
      filling.rows.push(rows++);
      filling.atMs.push(atMs);
      filling.values.push(valueOf(filling, field, line));
    }
    fromMs = Math.min(fromMs, atMs);
    toMs = Math.max(toMs, atMs);
  }
  if (rows === 0) return undefined;
  const columns = new Map(fillings.flatMap((filling) => (filling ? [[filling.signal.name, columnsOf(filling)] as const] : [])));
  return {
    rows,
    fromMs,
    toMs,
    tickedMs: toMs,
    marks: [],
    signals: new Map([...columns].map(([name, { count }]) => [name, count])),
    columns: (name) => columns.get(name),
  };
}

function columnsOf({ signal, rows, atMs, values, places }: Filling): SignalColumns {
  const times = Float64Array.from(atMs);
  return {
    signal: signal.name,
    count: rows.length,
    rows: Float64Array.from(rows),
    atMs: times,
    // A file does not tell when its values came: as soon as they were.
    receivedMs: times,
    values: Float64Array.from(values),
    words: signal.type === 'number' ? undefined : [...places.keys()],
    flags: undefined,
  };
}

function valueOf({ signal, places }: Filling, field: string, line: number): number {
  if (signal.type === 'number') {
    const value = Number(field);
    if (Number.isFinite(value)) return value;
    throw new Fault('INPUT_INVALID', `Line ${line} of the CSV file: "${field}" is no number of ${signal.name}.`, { line, field });
  }
  const word = signal.type === 'boolean' ? field === 'true' || field === '1' : field;
  const place = places.get(word) ?? places.size;
  places.set(word, place);
  return place;
}
