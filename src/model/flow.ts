import type { Action, Capability, Result } from './capability.ts';
import type { BusinessKeys, Contract, KeyName } from './contract.ts';
import type { Decision } from './decision.ts';
import { definition, type Definition } from './definition.ts';
import type { ExceptionType } from './exception-type.ts';
import type { Span } from './limit.ts';
import type { Owner, Ownership } from './owner.ts';

/** Proof that a posted effect is recorded and will be sent, tried or answered for. */
export interface Receipt {
  readonly effect: string;
}

/**
 * Thrown by `call` (and by `attempt`, where the capability's refusals have no place for `{ code: 'SKIPPED', reason }`) when a person let the
 * step go and gave nothing instead of its answer. A flow that does not catch it ends there; what it has done stays done.
 */
export class Skipped extends Error {
  readonly capability: string;
  readonly reason: string;
  constructor(capability: string, reason: string) {
    super(`${capability} was skipped: ${reason}`);
    this.name = 'Skipped';
    this.capability = capability;
    this.reason = reason;
  }
}

interface StepOptions {
  /** A name of its own for the step, where the order of calls may change between releases. */
  readonly as?: string;
}

/**
 * What a flow can do. Each step is recorded; after a stop the flow runs again from the top and every recorded step gives
 * its recorded answer, so a flow must not read clocks, chance or the network by itself.
 */
export interface FlowContext {
  /** The time of the last thing that happened to this run, epoch milliseconds; the same on every replay. */
  now(): number;
  /** Calls a capability and waits for its answer. A business refusal ends the run as an exception. */
  call<In, Out, Refusal>(
    capability: Capability<In, Out, Refusal>,
    input: NoInfer<In>,
    options?: StepOptions & { readonly undo?: (value: NoInfer<Out>) => Action | undefined },
  ): Promise<Out>;
  /** Calls a capability; a business refusal is a value. */
  attempt<In, Out, Refusal>(
    capability: Capability<In, Out, Refusal>,
    input: NoInfer<In>,
    options?: StepOptions & { readonly undo?: (value: NoInfer<Out>) => Action | undefined },
  ): Promise<Result<Out, Refusal>>;
  /** Records an effect that may wait while its system is down; resolves as soon as it is recorded. `maxAge`: how long it may wait untried. */
  post<In, Out, Refusal>(
    capability: Capability<In, Out, Refusal>,
    input: NoInfer<In>,
    options?: StepOptions & { readonly maxAge?: Span; readonly undo?: () => Action | undefined },
  ): Promise<Receipt>;
  /** Takes a decision and records it with its inputs and their versions. */
  decide<In, Out>(decision: Decision<In, Out>, inputs: NoInfer<In>, options?: StepOptions): Promise<Out>;
  sleep(span: Span): Promise<void>;
  /** The first event of `contract` with these keys that came since the run's own event and was not yet taken; undefined when `within` has passed. */
  waitFor<Event>(contract: Contract<Event>, options: StepOptions & { readonly key: Partial<Record<KeyName, string>>; readonly within: Span }): Promise<Event | undefined>;
  /**
   * Undoes, in reverse order, what was done so far with an `undo`. One that gives undefined leaves it as it is, as where the undo of a later
   * step has set the same thing back already; a posted effect that was never tried is cancelled all the same, and its `undo` not asked.
   */
  compensate(): Promise<void>;
  /** Opens an exception; resolves with its id. */
  raise<Evidence>(
    type: ExceptionType<Evidence>,
    options: StepOptions & { readonly to?: Owner; readonly evidence: NoInfer<Evidence>; readonly keys?: BusinessKeys },
  ): Promise<string>;
}

/** A durable process: an event in, effects out. */
export interface Flow<Event = never> extends Definition<'flow'> {
  readonly title: string;
  readonly owner: Ownership;
  readonly on: Contract<Event>;
  /** At most one run per key is active. */
  key(event: Event): string;
  /** What a second event for an active key does: waits its turn, is left to the active run to take, or is discarded and counted. */
  readonly whenRunning: 'queue' | 'signal' | 'skip';
  /** A run has to be over within this time since its event came to the flow, the time that it waited its turn included. */
  readonly within?: Span;
  /**
   * What becomes of one that is not: it is undone, last first, and ends as `compensated` (`compensate`, the usual); or it goes on (`tell`).
   * The flow's owner has a case of it either way. A run that a person has made go on is only told of.
   */
  readonly whenLate?: 'compensate' | 'tell';
  run(flow: FlowContext, event: Event): Promise<void>;
}

/** Declares a flow. `within: '4h'` is the deadline of each of its runs, `whenLate` what becomes of one that is not over then. */
export function defineFlow<Event>(spec: {
  readonly name: string;
  readonly title: string;
  readonly owner: Ownership;
  readonly on: Contract<Event>;
  readonly key: (event: NoInfer<Event>) => string;
  readonly whenRunning: 'queue' | 'signal' | 'skip';
  readonly within?: Span;
  readonly whenLate?: 'compensate' | 'tell';
  readonly run: (flow: FlowContext, event: NoInfer<Event>) => Promise<void>;
}): Flow<Event> {
  return definition('flow', spec);
}
