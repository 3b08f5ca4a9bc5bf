import type { Schema } from '../kernel/schema.ts';
import type { TraceContext } from '../kernel/traceparent.ts';
import type { ConnectorPorts } from './connector.ts';
import { definition, type Definition } from './definition.ts';
import type { Span } from './limit.ts';
import type { Ownership } from './owner.ts';

/** How far a value can be trusted; `stale` means that its device is known to be gone. */
export type Quality = 'good' | 'uncertain' | 'bad' | 'stale';

/** One value as it came from the floor. */
export interface RawSample {
  /** Where it came from, in the words of its protocol: `topic#/pointer`, `group/node/device/metric`. */
  readonly address: string;
  readonly value: number | string | boolean | null;
  /** Source time, epoch milliseconds. */
  readonly atMs: number;
  readonly quality: Quality;
  /** Sent late from a device's own buffer: counts for history, not for what is true now. */
  readonly historical?: boolean;
  /** Of the message that it came in; the event that it raises is part of that trace. */
  readonly trace?: TraceContext;
}

/**
 * Numbers of good quality that came together, by columns; nothing of them is historical. Of each of the first `count` rows: which of the
 * addresses that `open` was given it is, its value, and its source time in epoch milliseconds. Written over after the call that hands it on.
 */
export interface NumberColumns {
  count: number;
  readonly series: Uint32Array;
  readonly values: Float64Array;
  readonly times: Float64Array;
}

/** Values of one address that are missing for good: nobody heard them, and nobody has kept them. */
export interface RawGap {
  readonly address: string;
  /** Source times of the last value before and of the first one after, epoch milliseconds. */
  readonly afterMs: number;
  readonly beforeMs: number;
  /** A sentence without its full stop. */
  readonly reason: string;
}

/** An address of which values may be missing from a moment on, until something tells whether they are. */
export interface RawAbsence {
  readonly address: string;
  /** Source time, epoch milliseconds. */
  readonly sinceMs: number;
  /** A sentence without its full stop. */
  readonly reason: string;
}

/** An address that an edge before this one has heard: from when on values of it may be missing. */
export interface EarlierAbsence extends RawAbsence {
  /** It begins with the end of that edge; else it had begun before. */
  readonly isOfEnd: boolean;
}

/** What an edge that ended has left of a source. */
export interface Earlier {
  /** Of each address that was heard, by address. */
  readonly absences: ReadonlyMap<string, EarlierAbsence>;
  /** What the source's `place` said last. */
  readonly place?: string;
}

/** What a source connector may use of the outside world. */
export interface SourcePorts extends ConnectorPorts {
  /** Absent where the source was never heard. */
  readonly earlier?: Earlier;
}

/** The unit in which a source counts an address, as it says itself; UCUM. */
export interface ToldUnit {
  readonly address: string;
  readonly unit: string;
}

/** Where a source delivers. Called in the order of arrival; must not throw. */
export interface SourceSink {
  samples(batch: readonly RawSample[]): void;
  /** The same as `samples`, for a source that can tell numbers this way and a sink that has it. */
  numbers?(columns: NumberColumns): void;
  /** A value or message that could not be understood: kept with its reason, never in the way of others. */
  quarantine(address: string, reason: string, raw: string): void;
  /** Every address that starts with `prefix` is stale since `atMs` (device death). */
  stale(prefix: string, atMs: number): void;
  /** What is known to be missing; each gap is told once. */
  gaps(batch: readonly RawGap[]): void;
  /** Values may be missing; of addresses that were never heard, nothing is. It ends with `gaps`, with `whole`, or, of a source that does not take up by itself, with the next value. */
  absent(batch: readonly RawAbsence[]): void;
  /** Of these, nothing is missing that was not told. */
  whole(addresses: readonly string[]): void;
  /** The other side has kept what came while the edge was away, and tells it now. */
  kept(): void;
  /** In which units the source says that it counts. */
  units(told: readonly ToldUnit[]): void;
  /** By how much the clock of the other side is ahead of ours, and how exactly that is known; milliseconds. */
  skew(aheadMs: number, withinMs: number): void;
  /** Whether the source's own connection is up. */
  connected(up: boolean, detail: string): void;
}

/** A tag that a source has to offer, as the source describes it. */
export interface FoundTag {
  readonly address: string;
  /** Names from the outermost folder to the tag itself, as the source writes them. */
  readonly path: readonly string[];
  readonly type?: 'number' | 'text' | 'boolean';
  /** UCUM. */
  readonly unit?: string;
  /** What a person should know before it is used, as a sentence. */
  readonly note?: string;
}

/** What became of one write. `refused` and `unreachable`: certainly not written. */
export type WriteAnswer = { readonly kind: 'written' } | { readonly kind: 'refused' | 'unreachable' | 'unknown'; readonly reason: string };

/** What goes with a write, where its protocol has room for it. */
export interface WriteContext {
  /** Of the command; the same for every try. */
  readonly id: string;
  /** By the edge's clock, epoch milliseconds: nobody may do it from then on. */
  readonly deadlineMs: number;
}

/** How a source is written to. Neither call rejects or takes longer than the source's own timeout. */
export interface SourceControl {
  /** Writes once; never again by itself. */
  write(address: string, value: number | string | boolean, context: WriteContext): Promise<WriteAnswer>;
  /** What the addresses say now, asked of the machine; absent for a source that speaks only by itself. Addresses without an answer are left out. */
  read?(addresses: readonly string[]): Promise<readonly RawSample[]>;
}

/** A source that is open. */
export interface OpenSource {
  readonly control?: SourceControl;
  /** Up to where it was heard, for a start after this one; as the source itself counts. */
  place?(): string | undefined;
  close(): Promise<void>;
}

/** How one plant-floor protocol is listened to. */
export interface SourceConnector<Options = unknown> extends Definition<'source-connector'> {
  readonly title: string;
  readonly options: Schema<Options>;
  /** `files`: its values come in whole files. Default: `values`, each when there is one. */
  readonly delivers?: 'values' | 'files';
  /** Settles by itself what may be missing (`ports.earlier`). Else each address lacks what came since the edge was there last, up to its next value. */
  readonly takesUp?: boolean;
  /** Names of the npm packages that `open` loads and that do not come with it in every case; `lineshaft check` tells where one is not installed. */
  readonly packages?: readonly string[];
  open(options: Options, addresses: readonly string[], sink: SourceSink, ports: SourcePorts): Promise<OpenSource>;
  /** Set where the source tells only what changes: how long, in milliseconds, a change takes at most to be told while it is connected. What it does not say then holds on. */
  changesWithinMs?(options: Options): number;
  /** Raises LANDSCAPE_INVALID on a text that is no address of this protocol; absent where any is. */
  checkAddress?(address: string): void;
  /** Why an address cannot be written, as a sentence; undefined where it can. Absent where nothing can. */
  unwritable?(address: string): string | undefined;
  /** What there is to listen to, as a stream; ends by itself, or soon after the signal. Raises SYSTEM_UNREACHABLE. */
  discover?(options: Options, ports: ConnectorPorts, signal: AbortSignal): AsyncIterable<FoundTag>;
}

/** Declares a source connector. `addresses` are those that the landscape's signals name. */
export function defineSourceConnector<Options>(spec: {
  readonly name: string;
  readonly title: string;
  readonly options: Schema<Options>;
  readonly delivers?: 'values' | 'files';
  readonly takesUp?: boolean;
  readonly packages?: readonly string[];
  readonly open: (options: NoInfer<Options>, addresses: readonly string[], sink: SourceSink, ports: SourcePorts) => Promise<OpenSource>;
  readonly changesWithinMs?: (options: NoInfer<Options>) => number;
  readonly checkAddress?: (address: string) => void;
  readonly unwritable?: (address: string) => string | undefined;
  readonly discover?: (options: NoInfer<Options>, ports: ConnectorPorts, signal: AbortSignal) => AsyncIterable<FoundTag>;
}): SourceConnector<Options> {
  return definition('source-connector', spec);
}

/** A place on the floor where signals come from: a broker, a PLC, a gateway. Always a system of observation. */
export interface Source<Options = unknown> extends Definition<'source'> {
  readonly title: string;
  readonly role: 'observation';
  readonly owner: Ownership;
  readonly connector: SourceConnector<Options>;
  /** How late, in event time, a value may come and still be put in its place before a rule decides; later ones are counted as late. None: rules decide at once. */
  readonly lateness?: Span;
  /** Why it works together in this way, for the one who would do it in another; `lineshaft graph` shows it. */
  readonly why?: string;
}

/** Declares a source of signals; its address comes from the environment. `lateness` is for what arrives out of order: rules wait that long before they decide. */
export function defineSource<Options>(spec: {
  readonly name: string;
  readonly title: string;
  readonly owner: Ownership;
  readonly connector: SourceConnector<Options>;
  readonly lateness?: Span;
  readonly why?: string;
}): Source<Options> {
  return definition('source', { ...spec, role: 'observation' as const });
}
