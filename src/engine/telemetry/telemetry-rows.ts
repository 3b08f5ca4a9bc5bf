import type { Quality } from '../../model/source.ts';

/** One judged value, in the order of judging. */
export interface TelemetryRow {
  readonly signal: string;
  readonly value: number | string | boolean;
  /** Event time and arrival by the edge's clock, epoch milliseconds. */
  readonly atMs: number;
  readonly receivedMs: number;
  readonly quality: Quality;
  readonly historical: boolean;
  /** Nobody said it: what was said last went on. */
  readonly held?: boolean | undefined;
}

export const qualities = ['good', 'uncertain', 'bad', 'stale'] as const satisfies readonly Quality[];
export const historicalFlag = 4;
export const heldFlag = 16;
/** Beside the flags that are written: the value is no number, but a place in `words`. */
export const wordFlag = 8;

/** Judged values by columns, up to `rowsMax` of them: what waits for its block are no objects, and the place of one block serves the next. */
export class TelemetryRows {
  readonly rowsMax: number;
  readonly signals: string[] = [];
  /** Numbers as they are; of texts and yes/no values, the place in `words`. */
  readonly values: Float64Array;
  readonly atMs: Float64Array;
  readonly receivedMs: Float64Array;
  /** The quality's place in `qualities`, with `historicalFlag`, `heldFlag` and `wordFlag`. */
  readonly flags: Uint8Array;
  readonly words: (string | boolean)[] = [];
  readonly #places = new Map<string | boolean, number>();
  #count = 0;

  constructor(rowsMax: number) {
    this.rowsMax = rowsMax;
    this.values = new Float64Array(rowsMax);
    this.atMs = new Float64Array(rowsMax);
    this.receivedMs = new Float64Array(rowsMax);
    this.flags = new Uint8Array(rowsMax);
  }

  get count(): number {
    return this.#count;
  }

  /** To be called while there is room. */
  add(signal: string, { value, atMs, receivedMs, quality, historical, held }: Omit<TelemetryRow, 'signal'>): void {
    const row = this.#count++;
    const flag = qualities.indexOf(quality) + (historical ? historicalFlag : 0) + (held === true ? heldFlag : 0);
    this.signals[row] = signal;
    this.values[row] = typeof value === 'number' ? value : this.#placeOf(value);
    this.atMs[row] = atMs;
    this.receivedMs[row] = receivedMs;
    this.flags[row] = typeof value === 'number' ? flag : flag + wordFlag;
  }

  clear(): void {
    this.#count = 0;
    this.words.length = 0;
    this.#places.clear();
  }

  #placeOf(word: string | boolean): number {
    const known = this.#places.get(word);
    if (known !== undefined) return known;
    const place = this.words.push(word) - 1;
    this.#places.set(word, place);
    return place;
  }
}

export function rowsOf(rows: readonly TelemetryRow[]): TelemetryRows {
  const columns = new TelemetryRows(rows.length);
  for (const row of rows) columns.add(row.signal, row);
  return columns;
}
