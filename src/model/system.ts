import type { Connector } from './connector.ts';
import { definition, type Definition } from './definition.ts';
import type { ExceptionClass } from './exception-class.ts';
import type { Span } from './limit.ts';
import type { Ownership } from './owner.ts';
import type { Buffer, SystemMode } from './system-mode.ts';

/** What a connected application is for. */
export type SystemRole = 'record' | 'engagement' | 'observation';

/** How much a system can take, and how it is treated when it fails. */
export interface SystemLimits {
  /** Requests under way at once. */
  readonly concurrencyMax: number;
  /** Requests per second. */
  readonly rateMax: number;
  /** How long an answer may take before its outcome counts as unknown. */
  readonly timeout: Span;
  /** Technical failures in a row before the system counts as down. */
  readonly failuresMax: number;
  /** Wait before the first second try; doubles up to `retryMax`. */
  readonly retryFirst: Span;
  readonly retryMax: Span;
  /** Calls that may wait before the owner gets an exception: the system's call budget is used up. */
  readonly backlogMax: number;
  /** After how long without success its owner gets an exception. */
  readonly patience: Span;
}

export const defaultSystemLimits: SystemLimits = {
  concurrencyMax: 8,
  rateMax: 50,
  timeout: '10s',
  failuresMax: 5,
  retryFirst: '500ms',
  retryMax: '30s',
  backlogMax: 1_000,
  patience: '15m',
};

/** A connected application. */
export interface System<Options = never, Request = never, Reply = unknown> extends Definition<'system'> {
  readonly title: string;
  readonly role: SystemRole;
  readonly owner: Ownership;
  /** The domains of data that this system alone writes. */
  readonly owns: readonly string[];
  readonly connector: Connector<Options, Request, Reply>;
  readonly limits: SystemLimits;
  /** What a failure at it touches, where its role does not tell: that of a system of engagement does not. */
  readonly touches?: ExceptionClass;
  /** Its own modes, besides those that every system has; the first whose rule holds counts. */
  readonly modes?: readonly SystemMode[];
  /** Without one, posted effects wait for as long as it takes. */
  readonly buffer?: Buffer;
}

/** Declares a connected application; its address and secrets come from the environment. */
export function defineSystem<Options, Request, Reply>(spec: {
  readonly name: string;
  readonly title: string;
  readonly role: SystemRole;
  readonly owner: Ownership;
  readonly owns?: readonly string[];
  readonly connector: Connector<Options, Request, Reply>;
  readonly limits?: Partial<SystemLimits>;
  readonly touches?: ExceptionClass;
  readonly modes?: readonly SystemMode[];
  readonly buffer?: Buffer;
}): System<Options, Request, Reply> {
  return definition('system', { ...spec, owns: spec.owns ?? [], limits: { ...defaultSystemLimits, ...spec.limits } });
}
