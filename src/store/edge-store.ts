/** A governed event in the edge's buffer. */
export interface BufferedEvent {
  /** 1, 2, 3 … in the order of appending; given by the store. */
  readonly position: number;
  readonly id: string;
  /** The CloudEvent, structured JSON text. */
  readonly body: string;
  readonly appendedMs: number;
}

/** An event for the buffer. */
export interface NewEvent extends Omit<BufferedEvent, 'position'> {
  /** Events that share a key keep their order on the way to the hub; those without any share one. */
  readonly keys?: readonly string[];
  /** What goes first after an outage: 0 everything of it, 1 what is fresh, 2 nothing. Default 1. */
  readonly rank?: 0 | 1 | 2;
}

/** What in the buffer has no key shares this one. */
export const keyless: readonly string[] = [''];

/** A time of which an address is known to lack values for good. Times are epoch milliseconds. */
export interface KeptGap {
  readonly source: string;
  readonly address: string;
  /** Source times of the last value before and of the first one after. */
  readonly afterMs: number;
  readonly beforeMs: number;
  readonly reason: string;
  /** When it became known. */
  readonly atMs: number;
}

/** A gap to keep. */
export interface NewGap extends KeptGap {
  /** That the address is parked since before this moment ends with the gap: forgotten in the transaction that keeps it. */
  readonly endsParking?: number | undefined;
}

/** An address whose values are not judged, because the buffer is full. Times are epoch milliseconds. */
export interface ParkedSpan {
  readonly source: string;
  readonly address: string;
  /** Since when the buffer is full, by the edge's clock. */
  readonly sinceMs: number;
  /** Source time of the first value that was not judged. */
  readonly afterMs: number;
}

/** A gap that has no end yet. */
export interface OpenGap {
  readonly source: string;
  readonly address: string;
  /** Source time, epoch milliseconds. */
  readonly sinceMs: number;
  readonly reason: string;
}

/** An address that a source has told of. */
export interface HeardAddress {
  readonly source: string;
  readonly address: string;
  /** Source time of its first value, epoch milliseconds. */
  readonly firstMs: number;
  /** Since when values of it may be missing, and why. */
  readonly missing?: Pick<OpenGap, 'sinceMs' | 'reason'>;
}

/** What is newly known of addresses. */
export interface HeardChange {
  readonly heard?: readonly HeardAddress[];
  /** Of addresses that were heard. The one that is known already begins earlier, and stays. */
  readonly missing?: readonly OpenGap[];
  /** Nothing is missing that is not kept. */
  readonly whole?: readonly Pick<OpenGap, 'source' | 'address'>[];
}

/** What an address of a source is known by in a map. */
export function addressKey(source: string, address: string): string {
  return JSON.stringify([source, address]);
}

/** Why what is parked is missing; a sentence without its full stop. */
export function parkedReason(sinceMs: number): string {
  return `not judged: the buffer of the edge is full since ${new Date(sinceMs).toISOString()}`;
}

/** A command that came to the edge, with what became of it. */
export interface KeptCommand {
  readonly id: string;
  readonly signal: string;
  /** Whether it is not known yet how it ends. */
  readonly open: boolean;
  /** When it was, or may have been, written; undefined where it certainly was not. */
  readonly writtenMs: number | undefined;
  /** When it came. */
  readonly atMs: number;
  /** Its whole story, JSON. */
  readonly body: string;
}

/** How much an edge keeps. */
export interface EdgeStoreLimits {
  /** Events in the buffer at most; a commit beyond it is refused with OVERLOADED. */
  readonly depthMax: number;
  /** Bytes of event bodies (UTF-8) in the buffer at most, likewise. */
  readonly bytesMax: number;
  /** How long the ids of acknowledged events are kept to know a repeat by, by the newest event's time: longer than any outage of the link. */
  readonly idsKeptMs: number;
  /** Events whose ids are kept at most, those in the buffer apart. */
  readonly idsMax: number;
  /** Different troubles in quarantine at most; the one seen longest ago makes room. */
  readonly quarantineMax: number;
  /** Gaps at most; the oldest makes room. */
  readonly gapsMax: number;
  /** Commands that have ended, at most; the oldest make room. */
  readonly commandsMax: number;
}

export const defaultEdgeStoreLimits: EdgeStoreLimits = {
  depthMax: 1_000_000,
  bytesMax: 1024 ** 3,
  idsKeptMs: 30 * 24 * 3_600_000,
  idsMax: 1_000_000,
  quarantineMax: 1_000,
  gapsMax: 200_000,
  commandsMax: 100_000,
};

/** The durable memory of an edge: rule states and the events that the hub has not acknowledged. */
export interface EdgeStore {
  /**
   * One transaction, durable when the promise resolves: the states of the rules that changed (JSON text by rule name) and the
   * events they gave. An event whose id was appended within the horizon (`EdgeStoreLimits`) is left out, so that a
   * repeat is no second event. Raises OVERLOADED where the buffer would hold more than its limits, and STORE_UNAVAILABLE; then nothing
   * of it happened.
   */
  commit(change: { readonly states: ReadonlyMap<string, string>; readonly append: readonly NewEvent[] }): Promise<void>;
  states(): Promise<ReadonlyMap<string, string>>;
  /** Oldest first. */
  pending(limit: number): Promise<readonly BufferedEvent[]>;
  /**
   * What may overtake the rest, in an order in which it can be sent: the events of rank 0, then those of rank 1 that are newer than
   * `after`, each behind all that is older and shares a key with it, directly or by way of others. Events that have no key in common
   * get equal shares of `limit`, so that a long line before one of them holds up no other.
   */
  ahead(after: number, limit: number): Promise<readonly BufferedEvent[]>;
  /** The position of the event that was appended last; 0 where there was none. */
  newest(): Promise<number>;
  depth(): Promise<number>;
  /** Bytes of the bodies of the events in the buffer. */
  bytes(): Promise<number>;
  /** Forgets the bodies of these events; their ids are kept to know a repeat by. */
  acknowledge(positions: readonly number[]): Promise<void>;
  /** A small durable text by name, e.g. the Sparkplug host's identity. */
  note(name: string): Promise<string | undefined>;
  setNote(name: string, text: string): Promise<void>;
  /** Keeps a trouble; one of the same address and reason is counted, `count` times (1 where nothing is said), with the newest raw text. */
  quarantine(entry: { readonly address: string; readonly reason: string; readonly raw: string; readonly atMs: number; readonly count?: number }): Promise<void>;
  /** The one seen last first. */
  quarantined(
    limit: number,
  ): Promise<readonly { readonly address: string; readonly reason: string; readonly raw: string; readonly firstMs: number; readonly lastMs: number; readonly count: number }[]>;
  /** Keeps gaps, in one transaction; one that is known already is left out. What was missing of its address has an end then, unless the gap ends a parking. */
  addGaps(gaps: readonly NewGap[]): Promise<void>;
  /** Keeps, in one transaction, that these addresses are parked, until a gap ends it; one that is parked already has the earlier `afterMs`. */
  park(spans: readonly ParkedSpan[]): Promise<void>;
  parked(): Promise<readonly ParkedSpan[]>;
  /** Keeps, in one transaction, which addresses were heard, and of which values may be missing. */
  hear(change: HeardChange): Promise<void>;
  heard(): Promise<readonly HeardAddress[]>;
  /** Newest first, and how many are kept. */
  gaps(limit: number): Promise<{ readonly kept: number; readonly newest: readonly KeptGap[] }>;
  close(): Promise<void>;
}

/** The commands that came to an edge: each is known by its id for as long as `commandsMax` allows. Raises STORE_UNAVAILABLE. */
export interface CommandBook {
  /** Keeps a command, or what is newly known of it; durable when the promise resolves. */
  putCommand(command: KeptCommand): Promise<void>;
  command(id: string): Promise<KeptCommand | undefined>;
  /** Those that have not ended, oldest first. */
  openCommands(): Promise<readonly KeptCommand[]>;
  /** The one that came last first. */
  commands(limit: number): Promise<readonly KeptCommand[]>;
  /** How often a signal was, or may have been, written since then. */
  writesSince(signal: string, sinceMs: number): Promise<number>;
}

/** All that an edge keeps. */
export type EdgeMemory = EdgeStore & CommandBook;
