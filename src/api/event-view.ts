import type { EventRecord } from '../store/store.ts';
import { instant, recorded } from '../engine/stories/recorded-json.ts';

/** An event of the log as the API shows it. */
export function eventView({ position, id, source, type, timeMs, receivedMs, keys, principal, traceparent, data }: EventRecord): Readonly<Record<string, unknown>> {
  return { position, id, source, type, time: instant(timeMs), received: instant(receivedMs), keys, principal, traceparent, data: recorded(data) };
}
