import type { Duration } from '../kernel/duration.ts';
import type { Signal } from './asset.ts';
import type { CommandValue } from './command-order.ts';

/** A condition on what the floor says now, judged by the edge with fresh values immediately before it writes. */
export interface Interlock {
  readonly signal: Signal;
  /** One of these … */
  readonly is?: readonly CommandValue[];
  /** … or within these bounds, both included, in the signal's unit. */
  readonly min?: number;
  readonly max?: number;
  /** How old the value may be. */
  readonly within: Duration;
}

/** What may be written to a signal. */
export interface Allowed {
  /** Bounds of a number, both included, in the signal's unit; every number needs both. */
  readonly min?: number;
  readonly max?: number;
  /** Numbers lie a whole number of these above `min`. */
  readonly step?: number;
  /** The texts or truth values that may be written; every text signal needs them. */
  readonly oneOf?: readonly CommandValue[];
  /** Writes at most … */
  readonly atMost?: number;
  /** … in any time of this length. */
  readonly per?: Duration;
}

/** How one signal of a machine is written. */
export interface MachineCommand {
  /** What is written. */
  readonly signal: Signal;
  /** Where it is written, in the words of the source's protocol, where that is another place than where it is read. */
  readonly address: string;
  /** What shows that it was: read until it says the value. */
  readonly readBack: Signal;
  /** How far the read-back of a number may lie from what was asked for, in the signal's unit. */
  readonly tolerance: number;
  /** How long the machine may take to show it. */
  readonly confirmWithin: Duration;
  /** How old a command may be when it is written; an older one never is. */
  readonly maxAge: Duration;
  /** Whether writing it twice is the same as once; only then is it ever written again. */
  readonly setPoint: boolean;
  readonly allow: Allowed;
  readonly interlocks: readonly Interlock[];
  /** What a second command on the signal meets while one is under way. */
  readonly whenBusy: 'refuse' | 'wait';
}
