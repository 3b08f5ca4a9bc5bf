import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { Type, type Static } from 'typebox';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { parse, schema } from '../../kernel/schema.ts';
import type { Quality } from '../../model/source.ts';
import { bytesOf, decodeColumn, encodeColumn, type ColumnForm } from './column.ts';

/** One judged value, in the order of judging. */
export interface TelemetryRow {
  readonly signal: string;
  readonly value: number | string | boolean;
  /** Event time and arrival by the edge's clock, epoch milliseconds. */
  readonly atMs: number;
  readonly receivedMs: number;
  readonly quality: Quality;
  readonly historical: boolean;
}

/** What happened between rows; `row` is the number of the row before which it did. */
export type TelemetryMark =
  | { readonly kind: 'stale'; readonly row: number; readonly signals: readonly string[]; readonly atMs: number }
  /** What the rules held here, and why it is told; `known` is the last known value of each context signal. */
  | {
      readonly kind: 'states';
      readonly row: number;
      readonly reason: SnapshotReason;
      readonly atMs: number;
      readonly states: Readonly<Record<string, string>>;
      readonly known: Readonly<Record<string, Known>>;
    };

/** The edge has started, a file of the recording begins, or rows before this were shed. */
export type SnapshotReason = 'start' | 'file' | 'gap';

export interface Known {
  readonly value: number | string | boolean;
  /** Epoch milliseconds; −∞ of one that was read back at a start. */
  readonly atMs: number;
}

/** The values of one signal in a block. `flags` is absent where all are good and live. */
export interface SignalColumns {
  readonly signal: string;
  readonly count: number;
  readonly rows: Float64Array;
  readonly atMs: Float64Array;
  readonly receivedMs: Float64Array;
  /** Numbers as they are; of texts and yes/no values, the place in `words`. */
  readonly values: Float64Array;
  readonly words: readonly (string | boolean)[] | undefined;
  readonly flags: Uint8Array | undefined;
  /** Where rows and times are arithmetic series, as of a steady signal: what need not be unpacked to be known. */
  readonly steady?:
    | {
        readonly rowAt: (index: number) => number;
        readonly atMsAt: (index: number) => number;
        readonly isRising: boolean;
        /** All values are alike. */ readonly isConstant: boolean;
      }
    | undefined;
}

/** What a recording holds of a stretch of time. */
export interface TelemetryBlock {
  readonly rows: number;
  /** Event times; of a block without rows, both are the time of its marks. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Up to when the edge had looked for missing data. */
  readonly tickedMs: number;
  readonly marks: readonly TelemetryMark[];
  readonly signals: ReadonlyMap<string, number>;
  /** The columns of a signal; undefined where the block has none. */
  columns(signal: string): SignalColumns | undefined;
}

export const qualities = ['good', 'uncertain', 'bad', 'stale'] as const satisfies readonly Quality[];
export const historicalFlag = 4;

const form = Type.Union([
  Type.Object({ kind: Type.Literal('series'), start: Type.Number(), step: Type.Number(), per: Type.Number() }),
  Type.Object({ kind: Type.Literal('steps'), start: Type.Number(), per: Type.Number(), width: Type.Union([Type.Literal(1), Type.Literal(2), Type.Literal(4)]) }),
  Type.Object({ kind: Type.Literal('plain') }),
]);
const value = Type.Union([Type.Number(), Type.String(), Type.Boolean()]);
const header = Type.Object({
  rows: Type.Integer(),
  fromMs: Type.Number(),
  toMs: Type.Number(),
  tickedMs: Type.Number(),
  marks: Type.Array(
    Type.Union([
      Type.Object({ kind: Type.Literal('stale'), row: Type.Integer(), signals: Type.Array(Type.String()), atMs: Type.Number() }),
      Type.Object({
        kind: Type.Literal('states'),
        row: Type.Integer(),
        reason: Type.Union([Type.Literal('start'), Type.Literal('file'), Type.Literal('gap')]),
        atMs: Type.Number(),
        states: Type.Record(Type.String(), Type.String()),
        known: Type.Record(Type.String(), Type.Object({ value, atMs: Type.Union([Type.Number(), Type.Null()]) })),
      }),
    ]),
  ),
  chunks: Type.Array(
    Type.Object({
      signal: Type.String(),
      count: Type.Integer(),
      offset: Type.Integer(),
      bytes: Type.Integer(),
      columns: Type.Array(form),
      words: Type.Optional(Type.Array(Type.Union([Type.String(), Type.Boolean()]))),
      flags: Type.Boolean(),
    }),
  ),
});
const headerShape = schema(header);
type Header = Static<typeof header>;

const magic = 0x4c_54_42_31; // "LTB1"
const prefixBytes = 16;

export interface BlockContent {
  readonly rows: readonly TelemetryRow[];
  readonly marks: readonly TelemetryMark[];
  readonly tickedMs: number;
}

/** Writes rows and marks as bytes that `readBlocks` reads. */
export function encodeBlock({ rows, marks, tickedMs }: BlockContent): Uint8Array {
  const bySignal = new Map<string, number[]>();
  for (const [index, { signal }] of rows.entries()) {
    const indexes = bySignal.get(signal);
    if (indexes) indexes.push(index);
    else bySignal.set(signal, [index]);
  }
  const bodies: Uint8Array[] = [];
  let offset = 0;
  const chunks = [...bySignal].map(([signal, indexes]) => {
    const { bytes, ...chunk } = encodeChunk(signal, rows, indexes);
    const packed = packedChunk(bytes);
    bodies.push(packed);
    offset += packed.length;
    return { ...chunk, offset: offset - packed.length, bytes: packed.length };
  });
  const times = rows.map(({ atMs }) => atMs);
  const moment = marks[0]?.atMs ?? tickedMs;
  const told: Header = {
    rows: rows.length,
    fromMs: times.reduce((a, b) => Math.min(a, b), times.length > 0 ? Infinity : moment),
    toMs: times.reduce((a, b) => Math.max(a, b), times.length > 0 ? -Infinity : moment),
    tickedMs,
    marks: marks.map(storedMark),
    chunks,
  };
  const head = deflateRawSync(JSON.stringify(told), { level: 3 });
  const body = Buffer.concat([head, ...bodies]);
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(magic, 0);
  prefix.writeUInt32BE(head.length, 4);
  prefix.writeUInt32BE(body.length, 8);
  prefix.writeUInt32BE(crc32(body), 12);
  return Buffer.concat([prefix, body]);
}

/** Below this, packing costs more than it saves: 30 µs, and a block may have a chunk for each of its rows. Bytes. */
const packedMin = 128;
const nothing = deflateRawSync(new Uint8Array());

/** As `inflateRaw` reads it: packed, or as it is (a stored block of RFC 1951 §3.2.4). */
function packedChunk(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return nothing;
  if (bytes.length >= packedMin) return deflateRawSync(bytes, { level: 3 });
  const stored = new Uint8Array(5 + bytes.length);
  stored.set([1, bytes.length, 0, bytes.length ^ 0xff, 0xff]);
  stored.set(bytes, 5);
  return stored;
}

function storedMark(mark: TelemetryMark): Header['marks'][number] {
  if (mark.kind === 'stale') return { ...mark, signals: [...mark.signals] };
  // JSON has no −∞.
  const known = Object.fromEntries(Object.entries(mark.known).map(([name, { value: said, atMs }]) => [name, { value: said, atMs: Number.isFinite(atMs) ? atMs : null }]));
  return { ...mark, states: { ...mark.states }, known };
}

function encodeChunk(
  signal: string,
  rows: readonly TelemetryRow[],
  indexes: readonly number[],
): Omit<Header['chunks'][number], 'offset' | 'bytes'> & { readonly bytes: Uint8Array } {
  const each = indexes.flatMap((index) => rows[index] ?? []);
  const column = (of: (row: TelemetryRow) => number): Float64Array => Float64Array.from(each, of);
  const words = each.some((row) => typeof row.value !== 'number') ? [...new Set(each.map((row) => (typeof row.value === 'number' ? String(row.value) : row.value)))] : undefined;
  const places = new Map((words ?? []).map((word, place) => [word, place]));
  const flags = Uint8Array.from(each, ({ quality, historical }) => qualities.indexOf(quality) + (historical ? historicalFlag : 0));
  const encoded = [
    encodeColumn(Float64Array.from(indexes)),
    encodeColumn(column(({ atMs }) => atMs)),
    encodeColumn(column(({ receivedMs }) => receivedMs)),
    encodeColumn(column((row) => (typeof row.value === 'number' ? row.value : (places.get(row.value) ?? 0)))),
  ];
  const hasFlags = flags.some((flag) => flag !== 0);
  return {
    signal,
    count: each.length,
    columns: encoded.map((one) => one.form),
    ...(words && { words }),
    flags: hasFlags,
    bytes: Buffer.concat([...encoded.map(({ bytes }) => bytes), ...(hasFlags ? [flags] : [])]),
  };
}

/**
 * The blocks in the bytes of a file, in their order, up to the first that is not whole: a file is cut there where its edge was
 * killed while it wrote. Columns are unpacked when they are asked for.
 */
export function* readBlocks(bytes: Buffer): Generator<TelemetryBlock> {
  for (let at = 0; at + prefixBytes <= bytes.length;) {
    const [headBytes, bodyBytes] = [bytes.readUInt32BE(at + 4), bytes.readUInt32BE(at + 8)];
    const body = bytes.subarray(at + prefixBytes, at + prefixBytes + bodyBytes);
    if (bytes.readUInt32BE(at) !== magic || body.length < bodyBytes || headBytes > bodyBytes || crc32(body) !== bytes.readUInt32BE(at + 12)) return;
    yield blockOf(body, headBytes);
    at += prefixBytes + bodyBytes;
  }
}

function blockOf(body: Buffer, headBytes: number): TelemetryBlock {
  const told = parse(headerShape, unpackedJson(body.subarray(0, headBytes)), 'A block of recorded telemetry');
  const chunks = new Map(told.chunks.map((chunk) => [chunk.signal, chunk]));
  return {
    ...told,
    marks: told.marks.map((mark): TelemetryMark =>
      mark.kind === 'stale'
        ? mark
        : { ...mark, known: Object.fromEntries(Object.entries(mark.known).map(([name, { value: said, atMs }]) => [name, { value: said, atMs: atMs ?? -Infinity }])) },
    ),
    signals: new Map(told.chunks.map(({ signal, count }) => [signal, count])),
    columns(signal) {
      const chunk = chunks.get(signal);
      return chunk && decodeChunk(chunk, () => inflateRawSync(body.subarray(headBytes + chunk.offset, headBytes + chunk.offset + chunk.bytes)));
    },
  };
}

function unpackedJson(packed: Buffer): unknown {
  try {
    return JSON.parse(inflateRawSync(packed).toString());
  } catch (error) {
    throw new Fault('INPUT_INVALID', `A block of recorded telemetry cannot be read: ${messageOf(error)}`, {}, error);
  }
}

function decodeChunk({ signal, count, columns, words, flags }: Header['chunks'][number], unpack: () => Buffer): SignalColumns {
  const [rows, atMs, receivedMs, values] = [formOf(columns[0]), formOf(columns[1]), formOf(columns[2]), formOf(columns[3])];
  let packed: Buffer | undefined;
  /** The columns are one after the other; each is unpacked when it is first asked for. */
  const lazily = (before: readonly ColumnForm[], own: ColumnForm): (() => Float64Array) => {
    let column: Float64Array | undefined;
    const from = before.reduce((sum, one) => sum + bytesOf(one, count), 0);
    return () => (column ??= decodeColumn(own, own.kind === 'series' ? new Uint8Array() : (packed ??= unpack()).subarray(from, from + bytesOf(own, count)), count));
  };
  const read = { rows: lazily([], rows), atMs: lazily([rows], atMs), receivedMs: lazily([rows, atMs], receivedMs), values: lazily([rows, atMs, receivedMs], values) };
  const flagsFrom = [rows, atMs, receivedMs, values].reduce((sum, one) => sum + bytesOf(one, count), 0);
  return {
    signal,
    count,
    get rows() {
      return read.rows();
    },
    get atMs() {
      return read.atMs();
    },
    get receivedMs() {
      return read.receivedMs();
    },
    get values() {
      return read.values();
    },
    words,
    flags: flags ? new Uint8Array((packed ??= unpack()).subarray(flagsFrom, flagsFrom + count)) : undefined,
    steady:
      rows.kind === 'series' && atMs.kind === 'series' && !flags
        ? { rowAt: inSeries(rows), atMsAt: inSeries(atMs), isRising: atMs.step >= 0, isConstant: values.kind === 'series' && values.step === 0 }
        : undefined,
  };
}

function formOf(form: ColumnForm | undefined): ColumnForm {
  return form ?? { kind: 'plain' };
}

function inSeries({ start, step, per }: Extract<ColumnForm, { kind: 'series' }>): (index: number) => number {
  return (index) => (start + index * step) / per;
}
