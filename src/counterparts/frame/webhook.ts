// Who is told of events, and the order and number in which events leave.
import { invalid, requestRefused } from './answer.ts';
import { deliveriesOf } from './delivery.ts';
import type { DeliveryCounts, Recipient } from './delivery.ts';
import type { Faults } from './fault.ts';
import { fieldsOf } from './fields.ts';
import { timersOf } from './timers.ts';

export interface Webhooks {
  /** Checks a subscription; `add` makes it. The same URL again replaces its secret. */
  subscription(body: unknown): { readonly shown: ShownSubscription; add(): void };
  list(): ShownSubscription[];
  unsubscribeAll(): void;
  /** An id that no other event of any run of this system has, since receivers drop ids that they know. */
  nextId(): string;
  publish(event: WebhookEvent): void;
  /** Drops what is still to be delivered; subscriptions stay. */
  reset(): void;
  stats(): DeliveryCounts;
}
export interface WebhookEvent {
  readonly id: string;
  readonly type: string;
  readonly [field: string]: unknown;
}
interface ShownSubscription {
  readonly id: string;
  readonly url: string;
}
interface Outgoing {
  readonly event: WebhookEvent;
  readonly times: number;
}

const subscriptionsMax = 100;

export function webhooksOf(system: string, faults: Faults): Webhooks {
  const boot = Date.now().toString(36);
  const subscriptions = new Map<string, Recipient & ShownSubscription>();
  const deliveries = deliveriesOf();
  const timers = timersOf();
  let subscribed = 0;
  let issued = 0;
  let held: Outgoing | undefined;

  const leave = ({ event, times }: Outgoing) => {
    for (const recipient of subscriptions.values()) for (let copy = 0; copy < times; copy += 1) deliveries.send(recipient, event);
  };
  const releaseHeld = () => {
    if (held !== undefined) leave(held);
    held = undefined;
  };

  return {
    subscription(body) {
      const fields = fieldsOf(body, ['url', 'secret']);
      const url = urlFrom(fields.text('url'));
      const secret = fields.text('secret');
      const known = subscriptions.get(url);
      if (known === undefined && subscriptions.size >= subscriptionsMax) throw requestRefused(409, 'TOO_MANY_SUBSCRIPTIONS', `there are ${subscriptionsMax} subscriptions already`);
      subscribed += 1;
      const id = known?.id ?? `sub-${subscribed}`;
      return { shown: { id, url }, add: () => void subscriptions.set(url, { id, url, secret }) };
    },
    list: () => [...subscriptions.values()].map(({ id, url }) => ({ id, url })),
    unsubscribeAll: () => subscriptions.clear(),
    nextId() {
      issued += 1;
      return `evt-${system}-${boot}-${issued}`;
    },
    publish(event) {
      // A rule's `match.path` looks at the type of the event.
      const target = { method: 'POST', path: `/${event.type}`, writes: true };
      const outgoing = { event, times: faults.strike('duplicate-webhook', target)?.times ?? 1 };
      const reorder = held === undefined ? faults.strike('reorder-webhook', target) : undefined;
      if (reorder === undefined) {
        leave(outgoing);
        releaseHeld();
        return;
      }
      held = outgoing;
      // The other half of the pair may never come.
      timers.later(reorder.ms, () => {
        if (held === outgoing) releaseHeld();
      });
    },
    reset() {
      held = undefined;
      timers.clear();
      deliveries.reset();
    },
    stats: () => deliveries.counts(),
  };
}

function urlFrom(text: string): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) throw invalid('url', text, 'an http or https URL');
  return url.href;
}
