import type { Capability, Result } from './capability.ts';
import type { MachineCommand } from './machine-command.ts';
import { definition, partName, type Definition } from './definition.ts';
import type { Span } from './limit.ts';
import type { System } from './system.ts';

/** What the engine tells a binding about the effect that it is about to send. */
export interface EffectIdentity {
  /** The same for every try of one effect: an idempotency key, a reference to read back by. */
  readonly key: string;
  /** 1, 2, 3 … per (capability, entity), in the order of intent. */
  readonly revision: number;
  readonly run: string;
  /** Who wants it: the principal of a request over the API, otherwise `flow:` and the flow's name. */
  readonly by: string;
  /** When it was asked for, or begun anew by a person: epoch milliseconds. */
  readonly askedMs: number;
}

/** What a read-back found; `undecided` says why nobody but a person can tell, and parks the effect. */
export type Found<Out, Refusal> = Result<Out, Refusal> | 'absent' | { readonly undecided: string };

/**
 * What holds when an answer never came:
 * - `idempotency-key`: the system knows the key; the same request is simply sent again;
 * - `read-back`: the system is asked after `settlesWithin`, the longest time in which a request that was given up can still
 *   be committed or a commit can stay invisible; a second try follows only where it is absent;
 * - `none`: nothing can be known; the effect parks as an exception, never doubled;
 * - `at-least-once`: for notifications only.
 */
export type Guarantee<In, Out, Refusal, Request, Reply> =
  | { readonly kind: 'idempotency-key' }
  | {
      readonly kind: 'read-back';
      readonly settlesWithin: Span;
      /** Whether the system itself refuses a second try (If-Match, unique natural key). */
      readonly conditional: boolean;
      readonly request: (input: In, effect: EffectIdentity) => Request;
      readonly found: (reply: Reply, input: In, effect: EffectIdentity) => Found<Out, Refusal>;
      /** Also read back after an answer of success, for systems that say yes and do nothing. */
      readonly confirms?: boolean;
    }
  | { readonly kind: 'none' }
  | { readonly kind: 'at-least-once' };

/** How one system serves one capability. Erased to its names here; the engine passes only checked values through. */
export interface Binding extends Definition<'binding'> {
  readonly capability: Capability;
  readonly system: System;
  readonly timeout?: Span;
  readonly guarantee: Guarantee<unknown, unknown, unknown, unknown, unknown> | undefined;
  readonly request: (input: unknown, effect: EffectIdentity) => unknown;
  readonly reply: (reply: unknown, input: unknown, effect: EffectIdentity) => Result<unknown, unknown>;
  /** The write to a machine that it stands for. */
  readonly command?: MachineCommand;
}

/**
 * Declares how a system serves a capability. `request` maps the input to the connector's request, `reply` maps the answer
 * back and decides what is a business refusal; it throws where the answer's shape is unknown. Queries need no guarantee.
 */
export function defineBinding<In, Out, Refusal, Options, Request, Reply>(spec: {
  readonly capability: Capability<In, Out, Refusal>;
  readonly system: System<Options, Request, Reply>;
  readonly timeout?: Span;
  readonly guarantee?: Guarantee<NoInfer<In>, NoInfer<Out>, NoInfer<Refusal>, NoInfer<Request>, NoInfer<Reply>>;
  readonly request: (input: NoInfer<In>, effect: EffectIdentity) => NoInfer<Request>;
  readonly reply: (reply: NoInfer<Reply>, input: NoInfer<In>, effect: EffectIdentity) => Result<NoInfer<Out>, NoInfer<Refusal>>;
}): Binding {
  const named = { ...spec, guarantee: spec.guarantee, name: `${partName('binding', 'system', spec.system)}.${partName('binding', 'capability', spec.capability)}` };
  // Erasure: the engine checks In, Out and Refusal by the capability's schemas, and Request and Reply stay within one connector.
  return definition('binding', named as unknown as Omit<Binding, 'kind' | 'site'>);
}
