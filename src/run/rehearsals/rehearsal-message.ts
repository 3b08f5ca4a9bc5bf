import type { Piece, Played } from '../../engine/replay/rehearsal.ts';
import type { LimitValues } from '../../model/limit.ts';
import type { EventRecord, Store } from '../../store/store.ts';

/** What the thread of rehearsals is started with. */
export interface RehearsalThreadData {
  /** The folder of the landscape. */
  readonly folder: string;
  readonly limits: LimitValues;
  /** One number, shared with the main thread: beats of this one. */
  readonly beats: Int32Array;
  readonly beatMs: number;
}

/** A piece as it goes to another thread: its flow by name. */
export type SentPiece = Omit<Piece, 'flow' | 'subject'> & { readonly flow: string };

/** To the thread: what to do, or the answer to what it asked. */
export type ToThread =
  | { readonly do: 'key'; readonly flow: string; readonly event: EventRecord }
  | { readonly do: 'rehearse'; readonly piece: SentPiece; readonly nowMs: number; readonly mayAsk: boolean }
  | { readonly do: 'answer'; readonly call: number; readonly value: unknown }
  | { readonly do: 'refuse'; readonly call: number; readonly message: string };

/** From the thread: that it is ready, what came of what it was to do, or a question. One thing is done at a time. */
export type FromThread =
  | { readonly is: 'ready'; readonly release: string }
  | { readonly is: 'key'; readonly key: string }
  | { readonly is: 'played'; readonly played: Played }
  | { readonly is: 'threw'; readonly message: string }
  | { readonly is: 'events'; readonly call: number; readonly filter: Parameters<Store['eventsMatching']>[0] }
  | { readonly is: 'query'; readonly call: number; readonly capability: string; readonly input: unknown };
