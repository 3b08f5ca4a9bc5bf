import type { NumberColumns } from '../../model/source.ts';
import { doubtOf } from '../source-instant.ts';
import { datatype } from './datatype.ts';
import { payloadMax } from './decode.ts';
import type { MetricTable } from './metric-table.ts';

/** Rows of one message; longer ones go the plain way. */
const rowsMax = 4_096;
/** Integer datatypes, by the number below which a value on the wire is itself whatever its encoder does with signs. */
const integerLimits = new Map<number, number>([
  [datatype.Int8, 2 ** 7],
  [datatype.Int16, 2 ** 15],
  [datatype.Int32, 2 ** 31],
  [datatype.Int64, 2 ** 53],
  [datatype.UInt8, 2 ** 8],
  [datatype.UInt16, 2 ** 16],
  [datatype.UInt32, 2 ** 32],
  [datatype.UInt64, 2 ** 53],
  [datatype.DateTime, 2 ** 53],
]);

const tag = { time: 0x08, metric: 0x12, seq: 0x18 } as const;
const metricTag = { alias: 0x10, time: 0x18, type: 0x20, int: 0x50, long: 0x58, float: 0x65, double: 0x69 } as const;

/**
 * Reads a DATA payload whose metrics are numbers under an alias, and nothing else, in one pass and without an object for any of them: some 60 ns
 * a metric. It knows no faults: what it does not know, and what is broken, is left to `decode`.
 */
export class NumberWalk {
  readonly columns: NumberColumns = { count: 0, series: new Uint32Array(rowsMax), values: new Float64Array(rowsMax), times: new Float64Array(rowsMax) };
  readonly #double = new Float64Array(1);
  readonly #doubleBytes = new Uint8Array(this.#double.buffer);
  readonly #float = new Float32Array(1);
  readonly #floatBytes = new Uint8Array(this.#float.buffer);
  #bytes: Uint8Array = this.#doubleBytes;
  #at = 0;

  /** The payload's seq (0 to 255), its wanted values being in `columns` then; -1 where the plain way has to be taken. */
  read(bytes: Uint8Array, table: MetricTable, nowMs: number): number {
    if (bytes.length > payloadMax) return -1;
    this.#bytes = bytes;
    this.#at = 0;
    this.columns.count = 0;
    let [time, seq] = [-1, -1];
    while (this.#at < bytes.length) {
      switch (bytes[this.#at++] ?? 0) {
        case tag.time:
          // A second one, or one behind a metric that has none of its own, would count for what was read before.
          if (time >= 0) return -1;
          time = this.#varint(bytes.length);
          if (time < 0) return -1;
          break;
        case tag.metric:
          if (!this.#metric(table, time, nowMs)) return -1;
          break;
        case tag.seq:
          seq = this.#varint(bytes.length);
          if (seq < 0) return -1;
          break;
        default:
          return -1;
      }
    }
    return seq <= 255 ? seq : -1;
  }

  #metric(table: MetricTable, payloadTime: number, nowMs: number): boolean {
    const { columns } = this;
    const length = this.#varint(this.#bytes.length);
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length || columns.count >= rowsMax) return false;
    let [alias, time, type, field, value] = [-1, payloadTime, -1, -1, 0];
    while (this.#at < end) {
      const key = this.#bytes[this.#at++] ?? 0;
      switch (key) {
        case metricTag.alias:
          if ((alias = this.#varint(end)) < 0) return false;
          break;
        case metricTag.time:
          if ((time = this.#varint(end)) < 0) return false;
          break;
        case metricTag.type:
          if ((type = this.#varint(end)) < 0) return false;
          break;
        case metricTag.int:
        case metricTag.long:
          if ((value = this.#varint(end)) < 0) return false;
          field = key;
          break;
        case metricTag.float:
          if (this.#at + 4 > end) return false;
          value = this.#readFloat();
          field = key;
          break;
        case metricTag.double:
          if (this.#at + 8 > end) return false;
          value = this.#readDouble();
          field = key;
          break;
        default:
          return false;
      }
    }
    const born = alias < 0 ? undefined : table.ofAlias(alias);
    if (!born) return false;
    if (born.series === undefined) return true;
    if (!isPlainNumber(born.datatype ?? type, field, value) || time < 0 || doubtOf(time, nowMs) !== undefined) return false;
    const row = columns.count++;
    columns.series[row] = born.series;
    columns.values[row] = value;
    columns.times[row] = time;
    return true;
  }

  /** Below 2^53; -1 where it is not, or ends beyond `end`. */
  #varint(end: number): number {
    const bytes = this.#bytes;
    let value = 0;
    let scale = 1;
    for (let at = this.#at; at < end && scale < 2 ** 49; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      if (byte < 128) {
        this.#at = at;
        return value + byte * scale;
      }
      value += (byte & 127) * scale;
    }
    return -1;
  }

  #readFloat(): number {
    for (let index = 0; index < 4; index++) this.#floatBytes[index] = this.#bytes[this.#at++] ?? 0;
    return this.#float[0] ?? 0;
  }

  #readDouble(): number {
    const [to, from, at] = [this.#doubleBytes, this.#bytes, this.#at];
    to[0] = from[at] ?? 0;
    to[1] = from[at + 1] ?? 0;
    to[2] = from[at + 2] ?? 0;
    to[3] = from[at + 3] ?? 0;
    to[4] = from[at + 4] ?? 0;
    to[5] = from[at + 5] ?? 0;
    to[6] = from[at + 6] ?? 0;
    to[7] = from[at + 7] ?? 0;
    this.#at = at + 8;
    return this.#double[0] ?? 0;
  }
}

/** Whether `scalarOf` would give just this number. */
function isPlainNumber(type: number, field: number, value: number): boolean {
  if (field === metricTag.double || field === metricTag.float) return (type === datatype.Double || type === datatype.Float) && Number.isFinite(value);
  if (field < 0) return false;
  // A field of 32 bits takes the low ones of what is longer.
  return value < (integerLimits.get(type) ?? 0) && (field === metricTag.long || value < 2 ** 32);
}
