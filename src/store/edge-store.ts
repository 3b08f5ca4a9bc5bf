/** A governed event in the edge's buffer. */
export interface BufferedEvent {
  /** 1, 2, 3 … in the order of appending; given by the store. */
  readonly position: number;
  readonly id: string;
  /** The CloudEvent, structured JSON text. */
  readonly body: string;
  readonly appendedMs: number;
}

/** The durable memory of an edge: rule states and the events that the hub has not acknowledged. */
export interface EdgeStore {
  /**
   * One transaction, durable when the promise resolves: the states of the rules that changed (JSON text by rule name) and the
   * events they gave. An event whose id was ever appended is left out, so that a repeat is no second event.
   */
  commit(change: { readonly states: ReadonlyMap<string, string>; readonly append: readonly Omit<BufferedEvent, 'position'>[] }): Promise<void>;
  states(): Promise<ReadonlyMap<string, string>>;
  /** Oldest first. */
  pending(limit: number): Promise<readonly BufferedEvent[]>;
  depth(): Promise<number>;
  /** Forgets the bodies of events up to `position`; their ids are kept for `EdgeStore`'s horizon. */
  acknowledge(position: number): Promise<void>;
  /** A small durable text by name, e.g. the Sparkplug host's identity. */
  note(name: string): Promise<string | undefined>;
  setNote(name: string, text: string): Promise<void>;
  quarantine(entry: { readonly address: string; readonly reason: string; readonly raw: string; readonly atMs: number }): Promise<void>;
  quarantined(
    limit: number,
  ): Promise<readonly { readonly address: string; readonly reason: string; readonly raw: string; readonly firstMs: number; readonly lastMs: number; readonly count: number }[]>;
  close(): Promise<void>;
}
