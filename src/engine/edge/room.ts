import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import { addressKey, parkedReason, type EdgeStore, type OpenGap, type ParkedSpan } from '../../store/edge-store.ts';
import type { TelemetryShelf } from '../telemetry/recorder.ts';
import type { GapDesk } from './gap-desk.ts';
import type { FilterCounts, Sample } from './normalise.ts';
import type { NoticeBoard } from './notice-board.ts';

/** What an edge may take of its disk. */
export interface DiskLimits {
  /** Bodies of events and recorded telemetry together. */
  readonly bytesMax: number;
  /** Events in the buffer. */
  readonly eventsMax: number;
}

/** How full the disk of an edge is, by its own limits. Counts are since the edge started. */
export interface DiskStatus {
  readonly eventBytes: number;
  readonly telemetryBytes: number;
  /** The write-ahead log of the store, as of the last second; absent where nobody watches it. */
  readonly walBytes?: number;
  readonly bytesMax: number;
  readonly eventsMax: number;
  /** Recorded telemetry that made room for events. */
  readonly telemetryShedBytes: number;
  /** Since when values are not judged, because there would be no room for the events that they give. */
  readonly parkedSinceMs?: number;
  readonly parkedReason?: string;
}

/** `store-pinned`: a program reads the store without end, so that its write-ahead log cannot be cut back. */
type ParkedBy = 'buffer-full' | 'store-pinned';

/** The write-ahead log of the store. */
export interface StoreLog {
  bytes(): number;
  /** Why nothing new may be taken in, a sentence; undefined while there is room. */
  full(): string | undefined;
}

/**
 * Shares the disk of an edge: recorded telemetry makes room for events, the oldest first; an event that the hub has not acknowledged
 * is never let go. Where only such events are left, the sources are parked: their values are counted as such, kept as gaps, and not
 * judged, until the hub has taken some events. A part of the room stays free for what was judged before. That an address is parked is
 * stored with the first value that is not judged, so that a kill leaves no hole that nobody knows of.
 */
export interface Room {
  /** To be called when events came or went. Never rejects. */
  look(): Promise<void>;
  /** The disk itself is full: what may go, goes. */
  pressed(): Promise<void>;
  isParked(): boolean;
  /** Takes note of values that are not judged. */
  refuse(samples: readonly Sample[]): void;
  status(): DiskStatus;
  /** How many addresses have values that are not judged, and some of them. */
  open(limit: number): { readonly found: number; readonly gaps: readonly OpenGap[] };
  /** Keeps what is known of values that were not judged. */
  close(): Promise<void>;
}

export interface RoomParts extends DiskLimits {
  readonly store: Pick<EdgeStore, 'depth' | 'bytes' | 'park' | 'parked'>;
  readonly shelf: TelemetryShelf | undefined;
  readonly wal?: StoreLog | undefined;
  readonly gaps: Pick<GapDesk, 'unpark'>;
  readonly notices: Pick<NoticeBoard, 'put' | 'end' | 'all'>;
  readonly counts: FilterCounts;
  readonly clock: Clock;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

/** How full the buffer is where sources are parked, and where they are heard again. */
const parkAt = 0.95;
const hearAt = 0.9;

interface Parking {
  readonly by: ParkedBy;
  readonly sinceMs: number;
  /** How many values were not judged before it; absent where the edge began anew meanwhile and knows no number. */
  readonly values?: number;
  /** From the first to the last value that was not judged, by source and address. */
  readonly spans: Map<string, Span>;
}

interface Span {
  readonly source: string;
  readonly address: string;
  afterMs: number;
  beforeMs: number;
}

/** Takes up what was parked when the edge was killed, and looks how full it is before it is used. */
export async function openRoom({ store, shelf, wal, gaps, notices, counts, clock, log, bytesMax, eventsMax }: RoomParts): Promise<Room> {
  let parking = parkedBefore(await store.parked(), clock.now());
  let unkept: ParkedSpan[] = [];
  let eventBytes = 0;
  let shedBytes = 0;
  let isHeld = false;

  async function look(): Promise<void> {
    const depth = await store.depth();
    eventBytes = await store.bytes();
    const fullness = Math.max(depth / eventsMax, eventBytes / bytesMax);
    const pinned = wal?.full();
    if (!parking && pinned !== undefined) parkPinned(pinned);
    else if (!parking && fullness >= parkAt) park(depth);
    else if (parking && pinned === undefined && fullness < hearAt) hear(parking);
    else if (parking?.by === 'store-pinned' && pinned !== undefined) tellPinned(parking.sinceMs, pinned);
    await share();
  }

  async function share(): Promise<void> {
    if (!shelf) return;
    const left = Math.max(0, bytesMax - eventBytes - (wal?.bytes() ?? 0));
    if (!isHeld && left >= shelf.bytesMax) return;
    isHeld = left < shelf.bytesMax;
    shedBytes += await shelf.hold(left).catch(untold);
  }

  function untold(error: unknown): number {
    log(`Recorded telemetry could not make room for events: ${messageOf(error)}.`);
    return 0;
  }

  function park(depth: number): void {
    const sinceMs = clock.now();
    parking = { by: 'buffer-full', sinceMs, values: counts.parked, spans: new Map() };
    notices.put(noticeOf(sinceMs, `The buffer of this edge is full: ${depth} events (${eventBytes} bytes) wait for the hub, so values are not judged since ${instant(sinceMs)}`));
  }

  function parkPinned(pinned: string): void {
    parking = { by: 'store-pinned', sinceMs: clock.now(), values: counts.parked, spans: new Map() };
    tellPinned(parking.sinceMs, pinned);
  }

  function tellPinned(sinceMs: number, pinned: string): void {
    const text = `${pinned.replace(/\.$/, '')}, so values are not judged since ${instant(sinceMs)}`;
    const { id } = noticeOf(sinceMs, text);
    if (!notices.all().some((each) => each.id === id && each.text === text)) notices.put({ ...noticeOf(sinceMs, text), advice: pinnedAdvice });
  }

  function hear(ended: Parking): void {
    parking = undefined;
    unkept = [];
    const { by, sinceMs, values, spans } = ended;
    const untilMs = clock.now();
    tellGaps(ended, untilMs);
    const many = values === undefined ? 'values' : `${counts.parked - values} values`;
    const text = `The ${full[by]} of this edge was full: ${many} of ${spans.size} addresses were not judged from ${instant(sinceMs)} to ${instant(untilMs)}`;
    notices.put({ ...noticeOf(sinceMs, text), ...(by === 'store-pinned' && { advice: pinnedAdvice }), untilMs });
    endNotices();
  }

  /** Those of a parking of which this edge knows nothing more: it was killed before the first value came that was not judged, or told twice. */
  function endNotices(): void {
    const untilMs = clock.now();
    for (const { id, kind, sinceMs } of notices.all())
      if (kind === 'buffer-full')
        notices.end(id, untilMs, `The buffer of this edge was full from ${instant(sinceMs)}; values are judged again since ${instant(untilMs)} at the latest`);
  }

  function tellGaps({ by, sinceMs, spans }: Parking, untilMs: number): void {
    const reason = `not judged: the ${full[by]} of the edge was full from ${instant(sinceMs)} to ${instant(untilMs)}`;
    for (const [source, own] of Map.groupBy(spans.values(), (span) => span.source)) {
      gaps.unpark(
        source,
        own.map(({ address, afterMs, beforeMs }) => ({ address, afterMs, beforeMs, reason })),
        untilMs,
      );
    }
  }

  /** In the turn in which the first value of an address is refused: what its source is told to have been taken is known to be missing after a kill, too. */
  async function keep(): Promise<void> {
    const spans = unkept;
    if (spans.length === 0) return;
    unkept = [];
    try {
      await store.park(spans);
    } catch (error) {
      unkept = [...spans, ...unkept];
      log(`The store could not take that ${unkept.length} addresses are parked (${messageOf(error)}); it is tried again with the next values.`);
    }
  }

  await look();
  if (!parking) endNotices();
  return {
    look,
    async pressed() {
      if (shelf) shedBytes += await shelf.shedOldest().catch(untold);
    },
    isParked: () => parking !== undefined,
    refuse(samples) {
      if (!parking) return;
      counts.parked += samples.length;
      const earliest = new Set<Span>();
      for (const { signal, atMs } of samples) {
        const [source, address] = [signal.source.name, signal.address];
        const key = addressKey(source, address);
        const known = parking.spans.get(key);
        const span = known ?? { source, address, afterMs: atMs, beforeMs: atMs };
        if (!known) parking.spans.set(key, span);
        if (!known || atMs < span.afterMs) earliest.add(span);
        span.afterMs = Math.min(span.afterMs, atMs);
        span.beforeMs = Math.max(span.beforeMs, atMs);
      }
      for (const { source, address, afterMs } of earliest) unkept.push({ source, address, sinceMs: parking.sinceMs, afterMs });
      void keep();
    },
    status: () => ({
      eventBytes,
      telemetryBytes: shelf?.bytes() ?? 0,
      ...(wal && { walBytes: wal.bytes() }),
      bytesMax,
      eventsMax,
      telemetryShedBytes: shedBytes,
      ...(parking && { parkedSinceMs: parking.sinceMs, parkedReason: parking.by }),
    }),
    open(limit) {
      if (!parking) return { found: 0, gaps: [] };
      const { by, sinceMs, spans } = parking;
      const reason = by === 'buffer-full' ? parkedReason(sinceMs) : `not judged: the ${full[by]} of the edge is full since ${instant(sinceMs)}`;
      const gaps = spans
        .values()
        .take(limit)
        .map(({ source, address, afterMs }) => ({ source, address, sinceMs: afterMs, reason }));
      return { found: spans.size, gaps: gaps.toArray() };
    },
    async close() {
      if (parking) tellGaps(parking, clock.now());
    },
  };
}

/** What came between the kill and now is missing, too: nobody knows when the last value was refused. */
function parkedBefore(kept: readonly ParkedSpan[], nowMs: number): Parking | undefined {
  if (kept.length === 0) return undefined;
  const spans = kept.map(({ source, address, afterMs }) => [addressKey(source, address), { source, address, afterMs, beforeMs: Math.max(afterMs, nowMs) }] as const);
  return { by: 'buffer-full', sinceMs: Math.min(...kept.map(({ sinceMs }) => sinceMs)), spans: new Map(spans) };
}

const full: Readonly<Record<ParkedBy, string>> = { 'buffer-full': 'buffer', 'store-pinned': 'write-ahead log' };
const pinnedAdvice =
  'End the program that reads edge.db and does not end; values are judged again within seconds. No event was let go; what was not judged is in the list of gaps.';

function noticeOf(sinceMs: number, text: string) {
  const advice =
    'Bring the link to the hub back; or give the edge more disk ("edge.disk" in its environment file). No event was let go; what was not judged is in the list of gaps.';
  return { id: `buffer-full ${sinceMs}`, kind: 'buffer-full' as const, sinceMs, text, advice };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
