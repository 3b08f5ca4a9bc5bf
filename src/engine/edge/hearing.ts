// Which addresses a source has told of, up to when, and since when values of one may be missing: so that what nobody heard while the edge was away has a beginning.
import type { Clock } from '../../kernel/clock.ts';
import type { Earlier, EarlierAbsence, NumberColumns, RawAbsence, RawGap, RawSample } from '../../model/source.ts';
import type { HeardAddress, OpenGap } from '../../store/edge-store.ts';
import type { GapDesk } from './gap-desk.ts';
import type { HoldingSource } from './holding-source.ts';
import type { SourceMeter } from './source-meter.ts';

/** What is heard of one source. */
export interface Hearing {
  /** Of the edge before this one; undefined where it heard nothing. */
  readonly earlier: Earlier | undefined;
  samples(batch: readonly RawSample[]): void;
  /** Series are places in the source's addresses. */
  numbers(columns: NumberColumns): void;
  absent(batch: readonly RawAbsence[]): void;
  whole(addresses: readonly string[]): void;
  /** These are told: what was missing of their addresses has an end. */
  gaps(batch: readonly RawGap[]): void;
  kept(): void;
  connected(up: boolean): void;
  /** The source can say from now on up to where it was heard. */
  opened(place: (() => string | undefined) | undefined): void;
  /** What comes from now on may be heard or not: the source is about to be closed. */
  closing(): void;
}

export interface HearingParts {
  readonly source: string;
  readonly addresses: readonly string[];
  readonly takesUp: boolean;
  /** Where the source tells only what changes. */
  readonly holding: Pick<HoldingSource, 'heldTo'> | undefined;
  readonly meter: Pick<SourceMeter, 'figures'>;
}

/** Up to when everything that a source told was heard and stored; source time, epoch milliseconds. */
export interface Mark {
  readonly toMs: number;
  readonly place?: string;
}

/** What a hearing tells of its addresses. */
export interface NewsDesk {
  readonly clock: Clock;
  readonly gaps: Pick<GapDesk, 'put'>;
  /** Something is newly known that the next checkpoint has to store. */
  readonly changed: () => void;
  heard(source: string, address: string, firstMs: number): void;
  missing(gap: OpenGap): void;
  whole(source: string, address: string): void;
  /** Its gap is with the gap desk, which ends it in the store. */
  told(source: string, address: string): void;
}

/** A hearing, with what its desk asks of it. */
export interface MarkedHearing extends Hearing {
  /** The one to store; it moves only while all that was told is written. */
  mark(isWritten: boolean): Mark | undefined;
  /** Addresses of which values may be missing now. */
  lacks(): number;
  open(limit: number): readonly OpenGap[];
}

/** What is known of an address. */
const never = 0;
const heard = 1;
const lacking = 2;

/** `known` are the addresses that this source has told of, `stored` is the mark of an edge before this one. */
export function markedHearing(
  desk: NewsDesk,
  { source, addresses, takesUp, holding, meter }: HearingParts,
  known: readonly HeardAddress[],
  stored: Mark | undefined,
): MarkedHearing {
  const { clock } = desk;
  const places = new Map(addresses.map((address, place) => [address, place]));
  const states = new Uint8Array(addresses.length);
  const absences = new Map<string, EarlierAbsence>();
  let unheard = addresses.length;
  let mark = stored;
  let place: (() => string | undefined) | undefined;
  let isClosing = false;
  let isKnown = false;

  for (const { address, firstMs, missing } of known) {
    const at = places.get(address);
    if (at === undefined) {
      // No signal names it any more.
      if (missing) desk.whole(source, address);
      continue;
    }
    unheard -= 1;
    states[at] = lacking;
    const since = missing ?? { sinceMs: Math.max(firstMs, stored?.toMs ?? firstMs), reason: awayReason };
    absences.set(address, { address, ...since, isOfEnd: missing === undefined });
  }
  const earlier = known.length === 0 ? undefined : { absences: new Map(absences), ...(stored?.place !== undefined && { place: stored.place }) };

  /** Before anything that comes can move the mark. */
  function know(): void {
    if (isKnown) return;
    isKnown = true;
    for (const { address, sinceMs, reason, isOfEnd } of absences.values()) if (isOfEnd) desk.missing({ source, address, sinceMs, reason });
  }

  function takeIn(at: number, address: string, atMs: number): void {
    if (states[at] === never) {
      states[at] = heard;
      unheard -= 1;
      desk.heard(source, address, atMs);
      return;
    }
    const absence = absences.get(address);
    if (takesUp || !absence) return;
    // An old value, e.g. one that a broker retains, says nothing of what came after it.
    if (atMs <= absence.sinceMs) return;
    desk.gaps.put(source, [{ address, afterMs: absence.sinceMs, beforeMs: atMs, reason: absence.reason }]);
    told(address);
  }

  function end(address: string): boolean {
    const at = places.get(address);
    if (at !== undefined && absences.delete(address)) {
      states[at] = heard;
      return true;
    }
    return false;
  }
  function whole(address: string): void {
    if (end(address)) desk.whole(source, address);
  }
  function told(address: string): void {
    if (end(address)) desk.told(source, address);
  }

  function toMs(): number | undefined {
    if (holding) return holding.heldTo();
    const { newestMs } = meter.figures();
    // A clock that is ahead says nothing of the others behind the same source.
    return newestMs === undefined ? undefined : Math.min(newestMs, clock.now());
  }

  function move(): void {
    const now = isClosing ? undefined : toMs();
    if (now === undefined || (mark && now <= mark.toMs)) return;
    const said = place?.();
    mark = { toMs: now, ...(said !== undefined && { place: said }) };
  }

  return {
    earlier,
    samples(batch) {
      if (batch.length === 0) return;
      know();
      desk.changed();
      if (unheard === 0 && absences.size === 0) return;
      for (const { address, atMs, value, historical } of batch) {
        const at = places.get(address);
        if (at === undefined || states[at] === heard || value === null || historical === true || !Number.isFinite(atMs)) continue;
        takeIn(at, address, atMs);
      }
    },
    numbers({ count, series, times }) {
      know();
      desk.changed();
      if (unheard === 0 && absences.size === 0) return;
      for (let row = 0; row < count; row++) {
        const at = series[row] ?? 0;
        if (states[at] !== heard) takeIn(at, addresses[at] ?? '', times[row] ?? 0);
      }
    },
    absent(batch) {
      know();
      for (const { address, sinceMs, reason } of batch) {
        const at = places.get(address);
        if (at === undefined || states[at] !== heard) continue;
        states[at] = lacking;
        absences.set(address, { address, sinceMs, reason, isOfEnd: false });
        desk.missing({ source, address, sinceMs, reason });
      }
    },
    whole: (batch) => batch.forEach(whole),
    gaps: (batch) => batch.forEach(({ address }) => told(address)),
    kept() {
      // One that is gone from the map while it is walked is not met again.
      for (const { address, isOfEnd } of absences.values()) if (isOfEnd) whole(address);
    },
    connected(up) {
      if (up) know();
    },
    opened(own) {
      place = own;
    },
    closing() {
      move();
      isClosing = true;
      desk.changed();
    },
    mark(isWritten) {
      if (isWritten) move();
      return mark;
    },
    lacks: () => absences.size,
    open: (limit) =>
      absences
        .values()
        .take(limit)
        .map(({ address, sinceMs, reason }) => ({ source, address, sinceMs, reason }))
        .toArray(),
  };
}

const awayReason = 'the edge was away';
