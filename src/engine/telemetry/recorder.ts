import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Signal } from '../../model/asset.ts';
import type { Sample } from '../edge/normalise.ts';
import { encodeBlock, type Known, type SnapshotReason, type TelemetryMark, type TelemetryRow } from './telemetry-block.ts';

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

/** What the rules hold: enough to go on from here. */
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
  rows(samples: readonly Sample[]): void;
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
  let rows: TelemetryRow[] = [];
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
    if (rows.length === 0 && marks.length === 0 && tickedMs === writtenMs) return;
    writtenMs = tickedMs;
    const content = { rows, marks, tickedMs };
    rows = [];
    marks = [];
    if (waiting >= blocksMax) {
      shed += content.rows.length;
      due ??= 'gap';
      return;
    }
    waiting += 1;
    writing = writing.then(async () => write(content));
  }

  async function write(content: Parameters<typeof encodeBlock>[0]): Promise<void> {
    // The file before was shed in the midst of it.
    const isHeadless = shelf.beginsFile() && content.marks[0]?.kind !== 'states';
    try {
      await shelf.append(encodeBlock(content));
      isFailing = false;
      if (isHeadless || shelf.beginsFile()) due ??= 'file';
    } catch (error) {
      shed += content.rows.length;
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
      marks.push({ kind: 'states', row: rows.length, reason, atMs: clock.now(), states, known });
    },
    due: () => due,
    rows(samples) {
      for (const { signal, value, atMs, receivedMs, quality, historical } of samples) rows.push({ signal: signal.name, value, atMs, receivedMs, quality, historical });
      cancel ??= clock.after(flushMs, seal);
      if (rows.length >= rowsMax) seal();
    },
    stale(signals, atMs) {
      marks.push({ kind: 'stale', row: rows.length, signals: [...signals].map(({ name }) => name), atMs });
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
