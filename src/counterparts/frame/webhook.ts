// Sends signed events to subscribers, in order at the first attempt, again and again until they are taken.
import { createHmac } from 'node:crypto';
import { invalid, requestRefused } from './answer.ts';
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
  stats(): { readonly sent: number; readonly delivered: number; readonly dropped: number; readonly pending: number };
}
export interface WebhookEvent {
  readonly id: string;
  readonly type: string;
  readonly [field: string]: unknown;
}
export interface ShownSubscription {
  readonly id: string;
  readonly url: string;
}
interface Subscription {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
  /** First attempts leave one after the other. */
  tail: Promise<void>;
}
interface Delivery {
  readonly subscription: Subscription;
  readonly event: WebhookEvent;
  readonly generation: number;
  readonly sinceMs: number;
}

const firstBackoffMs = 200;
const longestBackoffMs = 5_000;
const giveUpAfterMs = 5 * 60_000;
const attemptMs = 5_000;
const subscriptionsMax = 100;
const pendingMax = 100_000;

export function webhooksOf(system: string, faults: Faults): Webhooks {
  const boot = Date.now().toString(36);
  const subscriptions = new Map<string, Subscription>();
  const timers = timersOf();
  let generation = 0;
  let issued = 0;
  let held: { readonly event: WebhookEvent; readonly times: number } | undefined;
  const counts = { sent: 0, delivered: 0, dropped: 0, pending: 0 };

  const attempt = async (delivery: Delivery, backoffMs: number): Promise<void> => {
    if (delivery.generation !== generation) return;
    counts.sent += 1;
    const taken = await post(delivery);
    if (delivery.generation !== generation) return;
    if (taken) {
      counts.delivered += 1;
      counts.pending -= 1;
    } else if (Date.now() + backoffMs - delivery.sinceMs > giveUpAfterMs) {
      counts.dropped += 1;
      counts.pending -= 1;
    } else {
      timers.later(backoffMs, () => void attempt(delivery, Math.min(backoffMs * 2, longestBackoffMs)));
    }
  };

  const leave = ({ event, times }: { readonly event: WebhookEvent; readonly times: number }) => {
    for (const subscription of subscriptions.values()) {
      for (let copy = 0; copy < times; copy += 1) {
        if (counts.pending >= pendingMax) {
          counts.dropped += 1;
          continue;
        }
        counts.pending += 1;
        const delivery = { subscription, event, generation, sinceMs: Date.now() };
        subscription.tail = subscription.tail.then(() => attempt(delivery, firstBackoffMs));
      }
    }
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
      const id = known?.id ?? `sub-${subscriptions.size + 1}`;
      return { shown: { id, url }, add: () => void subscriptions.set(url, { id, url, secret, tail: known?.tail ?? Promise.resolve() }) };
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
      generation += 1;
      held = undefined;
      counts.sent = counts.delivered = counts.dropped = counts.pending = 0;
      timers.clear();
    },
    stats: () => ({ ...counts }),
  };
}

async function post({ subscription: { url, secret }, event }: Delivery): Promise<boolean> {
  const rawBody = JSON.stringify(event);
  const seconds = Math.floor(Date.now() / 1_000);
  const signature = createHmac('sha256', secret).update(`${seconds}.${rawBody}`).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-event-id': event.id, 'x-signature': `t=${seconds},v1=${signature}` };
  try {
    const response = await fetch(url, { method: 'POST', headers, body: rawBody, redirect: 'manual', signal: AbortSignal.timeout(attemptMs) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    // Whatever went wrong on the way, the answer is the same: try again later.
    return false;
  }
}

function urlFrom(text: string): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) throw invalid('url', text, 'an http or https URL');
  return url.href;
}
