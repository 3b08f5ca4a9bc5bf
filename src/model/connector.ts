import type { Clock, Random } from '../kernel/clock.ts';
import type { Schema } from '../kernel/schema.ts';
import type { CommandDesk } from './command-order.ts';
import { definition, type Definition } from './definition.ts';

/** What a connector may use of the outside world. */
export interface ConnectorPorts {
  readonly clock: Clock;
  readonly random: Random;
  /** The name of the system that is being connected, for messages. */
  readonly system: string;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  /** A folder of its own, for what has to outlive the process, such as certificates; not everybody gives one. */
  readonly folder?: string;
  /** What edges are asked by; only a hub has it. */
  readonly commands?: CommandDesk;
}

/** What goes with one request. */
export interface SendContext {
  /** Aborts when the request's time is over. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** W3C trace context of the call. */
  readonly traceparent: string;
  /** Questions of the system that the effect's owner has said yes to, as CONSENT_NEEDED named them. */
  readonly accepted?: readonly string[];
}

/**
 * An open connection to a system. `send` resolves with what the system answered, whatever it answered, and raises
 * SYSTEM_UNREACHABLE or SYSTEM_BUSY (`details.retryAfterMs`) only where the request was certainly not executed,
 * SYSTEM_DENIED where credentials were refused, CONSENT_NEEDED (`details.question` names it) where it was not executed because
 * the system wants a person's yes first, and OUTCOME_UNKNOWN everywhere else.
 */
export interface Connection<Request, Reply> {
  send(request: Request, context: SendContext): Promise<Reply>;
  close(): Promise<void>;
}

/** How one kind of system or protocol is spoken. Its options schema is its configuration, check and reference. */
export interface Connector<Options = never, Request = never, Reply = unknown> extends Definition<'connector'> {
  readonly title: string;
  readonly options: Schema<Options>;
  /** Method syntax: a connector of a narrower request is usable where requests are not sent (bivariant on purpose). */
  open(options: Options, ports: ConnectorPorts): Promise<Connection<Request, Reply>>;
}

/** Declares a connector for business systems. */
export function defineConnector<Options, Request, Reply>(spec: {
  readonly name: string;
  readonly title: string;
  readonly options: Schema<Options>;
  readonly open: (options: NoInfer<Options>, ports: ConnectorPorts) => Promise<Connection<Request, Reply>>;
}): Connector<Options, Request, Reply> {
  return definition('connector', spec);
}
