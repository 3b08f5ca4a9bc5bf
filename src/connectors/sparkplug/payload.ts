// A Sparkplug B payload as its protobuf says it (Sparkplug 3.0 §6.4), before names, aliases and datatypes are put together.

/** Unsigned 64 bits: a number where it is exact, a bigint beyond 2^53 − 1. */
export type Uint64 = number | bigint;

/** What stands in a metric's value, by the field that it came in. Integers are unsigned there, whatever their datatype says. */
export type WireValue =
  | { readonly field: 'int'; readonly value: number }
  | { readonly field: 'long'; readonly value: Uint64 }
  | { readonly field: 'float' | 'double'; readonly value: number }
  | { readonly field: 'boolean'; readonly value: boolean }
  | { readonly field: 'string'; readonly value: string }
  | { readonly field: 'bytes'; readonly value: Uint8Array }
  /** Kept as its protobuf bytes. */
  | { readonly field: 'dataset' | 'template' | 'extension'; readonly value: Uint8Array };

export interface Metric {
  readonly name?: string;
  readonly alias?: Uint64;
  /** Epoch milliseconds of the measurement. */
  readonly timestamp?: Uint64;
  readonly datatype?: number;
  readonly isHistorical?: boolean;
  readonly isTransient?: boolean;
  readonly isNull?: boolean;
  /** Kept as its protobuf bytes. */
  readonly metadata?: Uint8Array;
  /** A PropertySet, kept as its protobuf bytes. */
  readonly properties?: Uint8Array;
  readonly value?: WireValue;
}

export interface Payload {
  /** Epoch milliseconds of the publication. */
  readonly timestamp?: Uint64;
  readonly metrics: readonly Metric[];
  readonly seq?: Uint64;
  readonly uuid?: string;
  readonly body?: Uint8Array;
}
