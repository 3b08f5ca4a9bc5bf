import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Type, type Static } from 'typebox';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { parse, schema } from '../../kernel/schema.ts';
import { framed, framesIn, type UnreadBytes } from './block-frame.ts';
import { closingOf, type Closing } from './closing-mark.ts';
import { bytesOf, decodeColumn, decimalsOf, encodeColumn, type ColumnForm } from './column.ts';
import { rowOrder, type RowOrder } from './row-order.ts';
import { heldFlag, historicalFlag, qualities, wordFlag, type TelemetryRow, type TelemetryRows } from './telemetry-rows.ts';

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
  /** Since when, by arrival, nothing but older values has come. */
  readonly lateSinceMs?: number | undefined;
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

/** One value of a signal as it was judged, the value as its column has it: of texts and yes/no values the place in `words`. */
export function sampleAt(
  { values, atMs, receivedMs, flags }: SignalColumns,
  index: number,
): Omit<TelemetryRow, 'signal' | 'value'> & { readonly value: number; readonly held: boolean } {
  const flag = flags?.[index] ?? 0;
  return {
    value: values[index] ?? 0,
    atMs: atMs[index] ?? 0,
    receivedMs: receivedMs[index] ?? 0,
    quality: qualities[flag & 3] ?? 'bad',
    historical: (flag & historicalFlag) !== 0,
    held: (flag & heldFlag) !== 0,
  };
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

const form = Type.Union([
  Type.Object({ kind: Type.Literal('series'), start: Type.Number(), step: Type.Number(), per: Type.Number() }),
  Type.Object({ kind: Type.Literal('steps'), start: Type.Number(), per: Type.Number(), width: Type.Union([Type.Literal(1), Type.Literal(2), Type.Literal(4)]) }),
  Type.Object({ kind: Type.Literal('plain') }),
]);
const value = Type.Union([Type.Number(), Type.String(), Type.Boolean()]);
const chunk = {
  offset: Type.Integer(),
  bytes: Type.Integer(),
  columns: Type.Array(form),
  words: Type.Optional(Type.Array(Type.Union([Type.String(), Type.Boolean()]))),
  flags: Type.Boolean(),
};
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
        known: Type.Record(Type.String(), Type.Object({ value, atMs: Type.Union([Type.Number(), Type.Null()]), lateSinceMs: Type.Optional(Type.Number()) })),
      }),
    ]),
  ),
  chunks: Type.Array(Type.Object({ signal: Type.String(), count: Type.Integer(), ...chunk })),
  pools: Type.Optional(Type.Array(Type.Object({ signals: Type.Array(Type.String()), counts: Type.Array(Type.Integer()), ...chunk }))),
});
const headerShape = schema(header);
type Header = Static<typeof header>;
type Chunk = Omit<Header['chunks'][number], 'signal'>;

export interface BlockContent {
  readonly rows: TelemetryRows;
  readonly marks: readonly TelemetryMark[];
  readonly tickedMs: number;
}

/**
 * A signal with fewer rows shares its columns with others of its kind. A chunk of its own takes 200 bytes of the header and some 2 kB of
 * garbage, and a block of a plant with a hundred thousand signals would have one for each of its rows.
 */
const ownChunkMin = 128;

/** Writes rows and marks as bytes that `readBlocks` reads. */
export function encodeBlock({ rows, marks, tickedMs }: BlockContent): Uint8Array {
  const bodies: Uint8Array[] = [];
  let offset = 0;
  const chunkOf = (taken: Uint32Array) => {
    const { bytes, ...told } = encodeRows(rows, taken);
    const packed = packedChunk(bytes);
    bodies.push(packed);
    offset += packed.length;
    return { ...told, offset: offset - packed.length, bytes: packed.length };
  };
  const ordered = rowOrder(rows);
  const { own, pooled } = shared(rows, ordered);
  const chunks = own.map((place) => ({ signal: ordered.signals[place] ?? '', count: takenBy(ordered, place).length, ...chunkOf(takenBy(ordered, place)) }));
  const pools = pooled.map((places) => {
    const counts = places.map((place) => takenBy(ordered, place).length);
    return { signals: places.map((place) => ordered.signals[place] ?? ''), counts, ...chunkOf(takenByAll(ordered, places)) };
  });
  const moment = marks[0]?.atMs ?? tickedMs;
  const [fromMs, toMs] = rows.count === 0 ? [moment, moment] : spanOf(rows);
  const told: Header = { rows: rows.count, fromMs, toMs, tickedMs, marks: marks.map(storedMark), chunks, ...(pools.length > 0 && { pools }) };
  const head = deflateRawSync(JSON.stringify(told), { level: 3 });
  const body = Buffer.concat([head, ...bodies]);
  return framed(body, head.length, pools.length > 0 ? 'pooled' : 'block');
}

function spanOf({ atMs, count }: TelemetryRows): [number, number] {
  let [fromMs, toMs] = [Infinity, -Infinity];
  for (let row = 0; row < count; row++) {
    fromMs = Math.min(fromMs, atMs[row] ?? Infinity);
    toMs = Math.max(toMs, atMs[row] ?? -Infinity);
  }
  return [fromMs, toMs];
}

/** The row numbers of one signal. */
function takenBy({ order, ends }: RowOrder, place: number): Uint32Array {
  return order.subarray(place === 0 ? 0 : ends[place - 1], ends[place]);
}

function takenByAll(ordered: RowOrder, places: readonly number[]): Uint32Array {
  const taken = new Uint32Array(places.reduce((sum, place) => sum + takenBy(ordered, place).length, 0));
  let at = 0;
  for (const place of places) {
    taken.set(takenBy(ordered, place), at);
    at += takenBy(ordered, place).length;
  }
  return taken;
}

/** Which signals have a chunk of their own, and which share one: by how their values are written, so that none is written worse for another. */
function shared(rows: TelemetryRows, ordered: RowOrder): { readonly own: readonly number[]; readonly pooled: readonly (readonly number[])[] } {
  const own: number[] = [];
  const pools = new Map<number | undefined, number[]>();
  for (let place = 0; place < ordered.signals.length; place++) {
    const taken = takenBy(ordered, place);
    if (taken.length >= ownChunkMin) {
      own.push(place);
      continue;
    }
    const kind = hasWords(rows, taken) ? 0 : decimalsOf(gathered(rows.values, taken));
    const pool = pools.get(kind);
    if (pool) pool.push(place);
    else pools.set(kind, [place]);
  }
  return { own, pooled: [...pools.values()] };
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
  const known = Object.fromEntries(
    Object.entries(mark.known).map(([name, { lateSinceMs, ...each }]) => [
      name,
      { ...each, atMs: Number.isFinite(each.atMs) ? each.atMs : null, ...(lateSinceMs !== undefined && { lateSinceMs }) },
    ]),
  );
  return { ...mark, states: { ...mark.states }, known };
}

function encodeRows(rows: TelemetryRows, taken: Uint32Array): Omit<Chunk, 'count' | 'offset' | 'bytes'> & { readonly bytes: Uint8Array } {
  const words = hasWords(rows, taken) ? wordsOf(rows, taken) : undefined;
  const flags = Uint8Array.from(taken, (row) => (rows.flags[row] ?? 0) & ~wordFlag);
  const encoded = [
    encodeColumn(Float64Array.from(taken)),
    encodeColumn(gathered(rows.atMs, taken)),
    encodeColumn(gathered(rows.receivedMs, taken)),
    encodeColumn(words ? words.places : gathered(rows.values, taken)),
  ];
  const hasFlags = flags.some((flag) => flag !== 0);
  return {
    columns: encoded.map((one) => one.form),
    ...(words && { words: words.distinct }),
    flags: hasFlags,
    bytes: Buffer.concat([...encoded.map(({ bytes }) => bytes), ...(hasFlags ? [flags] : [])]),
  };
}

function gathered(column: Float64Array, taken: Uint32Array): Float64Array {
  const values = new Float64Array(taken.length);
  for (let index = 0; index < taken.length; index++) values[index] = column[taken[index] ?? 0] ?? 0;
  return values;
}

function hasWords({ flags }: TelemetryRows, taken: Uint32Array): boolean {
  return taken.some((row) => ((flags[row] ?? 0) & wordFlag) !== 0);
}

/** Where some of a signal's values are no numbers, all are words. */
function wordsOf({ flags, values, words }: TelemetryRows, taken: Uint32Array): { readonly distinct: (string | boolean)[]; readonly places: Float64Array } {
  const found = new Map<string | boolean, number>();
  const places = Float64Array.from(taken, (row) => {
    const value = values[row] ?? 0;
    const word = ((flags[row] ?? 0) & wordFlag) === 0 ? String(value) : (words[value] ?? '');
    const place = found.get(word) ?? found.size;
    found.set(word, place);
    return place;
  });
  return { distinct: [...found.keys()], places };
}

/** The whole blocks in the bytes of a file, in their order; what lies between them is told where it is met. Columns are unpacked when they are asked for. */
export function* readBlocks(bytes: Buffer, onUnread?: (unread: UnreadBytes) => void): Generator<TelemetryBlock> {
  for (const { block } of framedBlocks(bytes, onUnread)) yield block;
}

/** The same with the bytes of each, to be written as they are, and what closes an export told where it is met. */
export function* framedBlocks(
  bytes: Buffer,
  onUnread?: (unread: UnreadBytes) => void,
  onClosing?: (closing: Closing, at: { readonly fromByte: number; readonly toByte: number }) => void,
): Generator<{ readonly frame: Buffer; readonly block: TelemetryBlock }> {
  for (const { frame, body, headBytes, atByte, isClosing } of framesIn(bytes, onUnread)) {
    if (isClosing) onClosing?.(closingOf(body), { fromByte: atByte, toByte: atByte + frame.length });
    else yield { frame, block: blockOf(body, headBytes) };
  }
}

function blockOf(body: Buffer, headBytes: number): TelemetryBlock {
  const told = parse(headerShape, unpackedJson(body.subarray(0, headBytes)), 'A block of recorded telemetry');
  const packed =
    ({ offset, bytes }: Pick<Chunk, 'offset' | 'bytes'>) =>
    (): Buffer =>
      inflateRawSync(body.subarray(headBytes + offset, headBytes + offset + bytes));
  const signals = new Map<string, number>();
  const columns = new Map<string, () => SignalColumns>();
  for (const each of told.chunks) {
    signals.set(each.signal, each.count);
    columns.set(each.signal, () => decodeChunk(each.signal, each, packed(each)));
  }
  for (const pool of told.pools ?? []) {
    const count = pool.counts.reduce((sum, own) => sum + own, 0);
    let decoded: SignalColumns | undefined;
    let from = 0;
    for (const [index, signal] of pool.signals.entries()) {
      const [start, end] = [from, from + (pool.counts[index] ?? 0)];
      from = end;
      signals.set(signal, end - start);
      columns.set(signal, () => partOf((decoded ??= decodeChunk('', { ...pool, count }, packed(pool))), signal, start, end));
    }
  }
  return {
    ...told,
    marks: told.marks.map((mark): TelemetryMark =>
      mark.kind === 'stale' ? mark : { ...mark, known: Object.fromEntries(Object.entries(mark.known).map(([name, each]) => [name, { ...each, atMs: each.atMs ?? -Infinity }])) },
    ),
    signals,
    columns: (signal) => columns.get(signal)?.(),
  };
}

/** What one signal has of columns that several share. */
function partOf(pool: SignalColumns, signal: string, start: number, end: number): SignalColumns {
  return {
    signal,
    count: end - start,
    get rows() {
      return pool.rows.subarray(start, end);
    },
    get atMs() {
      return pool.atMs.subarray(start, end);
    },
    get receivedMs() {
      return pool.receivedMs.subarray(start, end);
    },
    get values() {
      return pool.values.subarray(start, end);
    },
    words: pool.words,
    flags: pool.flags?.subarray(start, end),
  };
}

function unpackedJson(packed: Buffer): unknown {
  try {
    return JSON.parse(inflateRawSync(packed).toString());
  } catch (error) {
    throw new Fault('INPUT_INVALID', `A block of recorded telemetry cannot be read: ${messageOf(error)}`, {}, error);
  }
}

function decodeChunk(signal: string, { count, columns, words, flags }: Pick<Chunk, 'count' | 'columns' | 'words' | 'flags'>, unpack: () => Buffer): SignalColumns {
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
