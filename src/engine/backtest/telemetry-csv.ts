import { Fault } from '../../kernel/errors.ts';
import type { Rule } from '../../model/rule.ts';
import type { Signal } from '../../model/asset.ts';
import type { SignalColumns, TelemetryBlock } from '../telemetry/telemetry-block.ts';

/** Rows of a block that a file is read into. */
const blockRows = 65_536;

/**
 * Telemetry from the text of a CSV file: the first column is the time (RFC 3339, `YYYY-MM-DD hh:mm:ss` in UTC, or epoch milliseconds), each
 * other one a signal by its name, or by its name in the rule's `with`; a single other one called `value` is the rule's own signal. Empty
 * fields are no samples. Raises INPUT_INVALID with the line.
 */
export function* csvBlocks(text: string, rule: Rule): Generator<TelemetryBlock> {
  const reader = { text, at: 0, line: 0 };
  const header = fieldsOf(nextLine(reader) ?? '').map((name) => name.trim());
  const signals = header.slice(1).map((name) => signalOf(name, rule));
  if (!signals.includes(rule.on)) throw new Fault('INPUT_INVALID', `The CSV file has no column "${rule.on.name}" (or "value"); it has: ${header.join(', ')}.`, { columns: header });
  for (;;) {
    const block = readBlock(reader, signals, rule.on);
    if (!block) return;
    yield block;
  }
}

/** Names in the rule's `with` that no column of the file gives, and the names of columns that are no signals of the rule. */
export function misfitsIn(text: string, rule: Rule): { readonly absent: readonly string[]; readonly strange: readonly string[] } {
  const [, ...names] = fieldsOf(nextLine({ text, at: 0, line: 0 }) ?? '').map((name) => name.trim());
  const given = new Set(names.map((name) => signalOf(name, rule)));
  return {
    absent: Object.keys(rule.with).filter((name) => !given.has(rule.with[name])),
    strange: names.filter((name) => signalOf(name, rule) === undefined),
  };
}

interface LineReader {
  readonly text: string;
  at: number;
  line: number;
}

function nextLine(reader: LineReader): string | undefined {
  if (reader.at >= reader.text.length) return undefined;
  const end = reader.text.indexOf('\n', reader.at);
  const stop = end < 0 ? reader.text.length : end;
  const line = reader.text.slice(reader.at, reader.text[stop - 1] === '\r' ? stop - 1 : stop);
  reader.at = stop + 1;
  reader.line += 1;
  return line;
}

/** Fields of one line; quotes as in RFC 4180, but no line breaks within them. */
function fieldsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}

function signalOf(name: string, rule: Rule): Signal | undefined {
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

function readBlock(reader: LineReader, signals: readonly (Signal | undefined)[], own: Signal): TelemetryBlock | undefined {
  const fillings = signals.map((signal): Filling | undefined => signal && { signal, rows: [], atMs: [], values: [], places: new Map() });
  // The context of a moment comes before the value that is judged with it.
  const order = fillings.map((_, index) => index).sort((a, b) => Number(signals[a] === own) - Number(signals[b] === own));
  let rows = 0;
  let [fromMs, toMs] = [Infinity, -Infinity];
  while (rows < blockRows) {
    const line = nextLine(reader);
    if (line === undefined) break;
    if (line === '') continue;
    const fields = fieldsOf(line);
    const atMs = momentOf(fields[0] ?? '', reader.line);
    for (const index of order) {
      const [filling, field] = [fillings[index], fields[index + 1] ?? ''];
      if (!filling || field === '') continue;
      filling.rows.push(rows++);
      filling.atMs.push(atMs);
      filling.values.push(valueOf(filling, field, reader.line));
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

/** Epoch milliseconds in digits. What has fewer of them would be before 1973, and is meant as seconds. */
const epochMs = /^\d{12,16}(\.\d+)?$/;
/** RFC 3339, or without an offset, which is UTC; or a day alone, which is its beginning. */
const calendar = /^(\d{4})-(\d\d)-(\d\d)(?:[ Tt](\d\d:\d\d)(:\d\d)?(\.\d{1,3})?\d*([Zz]|[+-]\d\d:\d\d)?)?$/;

/** Epoch milliseconds of a moment, in a file's line or an option. Raises INPUT_INVALID. */
export function momentOf(field: string, line?: number): number {
  const text = field.trim();
  const moment = epochMs.test(text) ? Number(text) : calendarMs(text);
  if (Number.isFinite(moment)) return moment;
  const where = line === undefined ? '' : `Line ${line}: `;
  throw new Fault('INPUT_INVALID', `${where}"${field}" is no time. Write RFC 3339, e.g. 2026-11-02T14:30:00Z, or epoch milliseconds.`, {
    ...(line !== undefined && { line }),
    field,
  });
}

function calendarMs(text: string): number {
  const [, year = '', month = '', day = '', minute = '00:00', second = ':00', fraction = '', offset = 'Z'] = calendar.exec(text) ?? [];
  // `Date.parse` makes the 2nd of March of the 30th of February.
  if (Number(day) > 28 && new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() !== Number(day)) return Number.NaN;
  return Date.parse(`${year}-${month}-${day}T${minute}${second}${fraction}${offset.toUpperCase()}`);
}
