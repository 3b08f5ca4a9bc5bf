import type { Amount, Span } from './limit.ts';

/** What a system gets while it is in a mode. */
export interface Allowance {
  /** Posted effects are sent, or wait in their order. */
  readonly posts: 'send' | 'buffer';
  /** Calls are sent, wait, or, where a caller of the API asks a question, are refused at once. What a flow calls waits in either case. */
  readonly calls: 'send' | 'wait' | 'refuse';
}

/**
 * What a mode is entered and left by. `answer`: the median time of the last answers; `waiting`: effects and questions that have
 * not ended; `oldest`: the age of the oldest effect that waits; `down`: for how long the system has not answered.
 */
export type ModeRule =
  | { readonly measure: 'answer' | 'oldest' | 'down'; readonly enter: Span; readonly leave: Span; readonly for: Span }
  | { readonly measure: 'waiting'; readonly enter: Amount; readonly leave: Amount; readonly for: Span };

/** A named way in which a system is used while it cannot do everything. */
export interface SystemMode {
  readonly name: string;
  /** What it is, in one sentence. */
  readonly means: string;
  /** Entered at `enter` or above; left when it has been at `leave` or below `for` that long. Without a rule a person enters and leaves it. */
  readonly when?: ModeRule;
  readonly allows: Allowance;
}

/** The modes that every system has. */
export const builtInModes = ['normal', 'slow', 'throttled', 'down', 'maintenance'] as const;

/** How much may wait for a system while it is away, and what goes first when it is more: posted effects that were never tried. */
export interface Buffer {
  readonly countMax?: Amount;
  /** How long one may wait, where the flow does not say it by `maxAge`. */
  readonly ageMax?: Span;
  /** Of their inputs as JSON. */
  readonly bytesMax?: Amount;
  /** Each that is shed is its owner's case, never lost unseen. Within `lowest-priority`, the newest first. */
  readonly shed: 'oldest' | 'newest' | 'lowest-priority';
}

export const shedRules = ['oldest', 'newest', 'lowest-priority'] as const satisfies readonly Buffer['shed'][];
