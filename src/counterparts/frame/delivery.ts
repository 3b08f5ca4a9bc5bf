// Events on their way to a subscriber: signed, in order at the first attempt, again and again until they are taken.
import { createHmac } from 'node:crypto';
import { timersOf } from './timers.ts';

export interface Recipient {
  readonly url: string;
  readonly secret: string;
}
export interface DeliveryCounts {
  /** Attempts. */
  readonly sent: number;
  readonly delivered: number;
  /** Given up, or never begun because too many were pending. */
  readonly dropped: number;
  readonly pending: number;
}
export interface Deliveries {
  send(recipient: Recipient, event: { readonly id: string }): void;
  /** Forgets what is on its way, and the counts. */
  reset(): void;
  counts(): DeliveryCounts;
}
interface Delivery {
  readonly recipient: Recipient;
  readonly event: { readonly id: string };
  readonly generation: number;
  readonly sinceMs: number;
}

const firstBackoffMs = 200;
const longestBackoffMs = 5_000;
const giveUpAfterMs = 5 * 60_000;
const attemptMs = 5_000;
const pendingMax = 100_000;
const nothing: DeliveryCounts = { sent: 0, delivered: 0, dropped: 0, pending: 0 };

export function deliveriesOf(): Deliveries {
  const timers = timersOf();
  /** The end of the queue of first attempts, by URL. */
  const tails = new Map<string, Promise<void>>();
  let generation = 0;
  let counts = { ...nothing };

  const attempt = async (delivery: Delivery, backoffMs: number): Promise<void> => {
    if (delivery.generation !== generation) return;
    counts.sent += 1;
    const taken = await post(delivery);
    if (delivery.generation !== generation) return;
    if (!taken && Date.now() + backoffMs - delivery.sinceMs <= giveUpAfterMs) {
      timers.later(backoffMs, () => void attempt(delivery, Math.min(backoffMs * 2, longestBackoffMs)));
      return;
    }
    counts.pending -= 1;
    if (taken) counts.delivered += 1;
    else counts.dropped += 1;
  };

  return {
    send(recipient, event) {
      if (counts.pending >= pendingMax) {
        counts.dropped += 1;
        return;
      }
      counts.pending += 1;
      const delivery = { recipient, event, generation, sinceMs: Date.now() };
      const before = tails.get(recipient.url) ?? Promise.resolve();
      tails.set(
        recipient.url,
        before.then(() => attempt(delivery, firstBackoffMs)),
      );
    },
    reset() {
      generation += 1;
      counts = { ...nothing };
      tails.clear();
      timers.clear();
    },
    counts: () => ({ ...counts }),
  };
}

async function post({ recipient: { url, secret }, event }: Delivery): Promise<boolean> {
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
