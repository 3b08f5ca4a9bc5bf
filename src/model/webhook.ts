import type { Contract } from './contract.ts';
import { definition, type Definition } from './definition.ts';
import type { EventFilter } from './event-filter.ts';
import type { System } from './system.ts';

/** How a system calls us: a signed HTTP request that becomes one governed event. */
export interface Webhook extends Definition<'webhook'> {
  readonly system: System;
  readonly contract: Contract;
  /** Events that fit their contract and are dropped all the same, counted by reason. */
  readonly drop?: readonly EventFilter[];
  /** Body (parsed JSON, not trusted) to event; undefined for a kind of message that is declared as not wanted. */
  map(body: unknown): { readonly id: string; readonly data: unknown } | undefined;
}

/**
 * Declares a door at `/api/webhooks/<name>`. The signature is HMAC-SHA256 over `t + "." + raw body` in the header
 * `x-signature: t=<epoch seconds>,v1=<hex>`; the secret comes from the environment.
 * `drop` says which of its events are of no use here: `[{ reason: 'not late', field: 'days', below: 1 }]`.
 */
export function defineWebhook<Event, Options, Request, Reply>(spec: {
  readonly name: string;
  readonly system: System<Options, Request, Reply>;
  readonly contract: Contract<Event>;
  readonly drop?: readonly EventFilter<keyof NoInfer<Event> & string, NoInfer<Event>>[];
  readonly map: (body: unknown) => { readonly id: string; readonly data: NoInfer<Event> } | undefined;
}): Webhook {
  // Erasure: the hub checks what `map` gives by the contract's schema.
  return definition('webhook', spec as unknown as Omit<Webhook, 'kind' | 'site'>);
}
