import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Signal } from '../../model/asset.ts';
import { encodeBlock, type Known, type SnapshotReason, type TelemetryMark } from './telemetry-block.ts';
import { TelemetryRows, type TelemetryRow } from './telemetry-rows.ts';

/** A value as it is recorded. */
export type RecordedSample = Omit<TelemetryRow, 'signal'> & { readonly signal: Pick<Signal, 'name'> };

/** Where blocks go: bounded, the oldest shed. */
export interface TelemetryShelf {
  append(block: Uint8Array): Promise<void>;
  /** Whether the next block begins a file. */
  beginsFile(): boolean;
  /** What it may hold at most by its own limit. */
  readonly bytesMax: number;
  bytes(): number;
  /** Holds no more than `bytesMax` from now on, or than its own limit where that is less. Resolves with the bytes that were shed for it. */
  hold(bytesMax: number): Promise<number>;
  /** Sheds its oldest file. Resolves with its bytes. */
  shedOldest(): Promise<number>;
  close(): Promise<void>;
}

/** What rules and machines hold: enough to go on from here. */
export interface RuleSnapshot {
  readonly states: Readonly<Record<string, string>>;
  readonly known: Readonly<Record<string, Known>>;
}

export interface RecorderParts {
  readonly shelf: TelemetryShelf;
  readonly clock: Clock;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  /** Rows of a block; also where the shelf is slower than the floor, at most `blocksMax` of them wait. */
  readonly rowsMax?: number;
  readonly blocksMax?: number;
  /** How long a row waits at most for its block to fill. */
  readonly flushMs?: number;
}

/** Keeps what the rules judge, in the order of judging. Telemetry is the first to be shed: nothing here ever holds up a rule. */
export interface Recorder {
  /** To be called before rows where `due` says why. */
  states(reason: SnapshotReason, snapshot: RuleSnapshot): void;
  due(): SnapshotReason | undefined;
  rows(samples: readonly RecordedSample[]): void;
  stale(signals: Iterable<Signal>, atMs: number): void;
  /** Up to when missing data was looked for. */
  ticked(atMs: number): void;
  /** Writes what there is without waiting for more. */
  hasten(): void;
  /** Rows that were shed since the edge started. */
  shed(): number;
  close(): Promise<void>;
}

export function openRecorder({ shelf, clock, log, rowsMax = 16_384, blocksMax = 8, flushMs = 10_000 }: RecorderParts): Recorder {
  const rows = new TelemetryRows(rowsMax);
  let marks: TelemetryMark[] = [];
  let tickedMs = 0;
  let writtenMs = 0;
  let waiting = 0;
  let shed = 0;
  let isFailing = false;
  let due: SnapshotReason | undefined = 'start';
  let writing: Promise<void> = Promise.resolve();
  let cancel: (() => void) | undefined;

  function seal(): void {
    cancel?.();
    cancel = undefined;
    // That nothing came up to a moment is a fact of its own: what is missing was decided by it.
    if (rows.count === 0 && marks.length === 0 && tickedMs === writtenMs) return;
    writtenMs = tickedMs;
    const count = rows.count;
    const isHeaded = marks[0]?.kind === 'states';
    // Now: what waits is small, and the columns are free for what comes next.
    const block = waiting < blocksMax ? encodeBlock({ rows, marks, tickedMs }) : undefined;
    rows.clear();
    marks = [];
    if (!block) {
      shed += count;
      due ??= 'gap';
      return;
    }
    waiting += 1;
    writing = writing.then(async () => write(block, count, isHeaded));
  }

  async function write(block: Uint8Array, count: number, isHeaded: boolean): Promise<void> {
    // The file before was shed in the midst of it.
    const isHeadless = shelf.beginsFile() && !isHeaded;
    try {
      await shelf.append(block);
      isFailing = false;
      if (isHeadless || shelf.beginsFile()) due ??= 'file';
    } catch (error) {
      shed += count;
      due ??= 'gap';
      if (!isFailing) log(`Telemetry cannot be recorded (${messageOf(error)}); it is shed until it can.`, { error });
      isFailing = true;
    } finally {
      waiting -= 1;
    }
  }

  return {
    states(reason, { states, known }) {
      due = undefined;
      marks.push({ kind: 'states', row: rows.count, reason, atMs: clock.now(), states, known });
    },
    due: () => due,
    rows(samples) {
      for (const sample of samples) {
        rows.add(sample.signal.name, sample);
        if (rows.count >= rowsMax) seal();
      }
      cancel ??= clock.after(flushMs, seal);
    },
    stale(signals, atMs) {
      marks.push({ kind: 'stale', row: rows.count, signals: [...signals].map(({ name }) => name), atMs });
      cancel ??= clock.after(flushMs, seal);
    },
    ticked(atMs) {
      tickedMs = atMs;
    },
    hasten: seal,
    shed: () => shed,
    async close() {
      seal();
      await writing;
      await shelf.close();
    },
  };
}
