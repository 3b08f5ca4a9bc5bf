import type { BusinessKeys } from '../model/contract.ts';
import type { EventRecord, EventSignature } from '../store/store.ts';
import { instant, recorded } from '../engine/stories/recorded-json.ts';

/** An event of the log as the API shows it. Times are RFC 3339, UTC. */
export interface EventView {
  readonly position: number;
  readonly id: string;
  readonly source: string;
  /** CloudEvents type, e.g. `production.variance.detected.v1`. */
  readonly type: string;
  /** When it happened, and when the hub took it. */
  readonly time: string;
  readonly received: string;
  readonly keys: BusinessKeys;
  /** Who sent it. */
  readonly principal: string;
  readonly traceparent?: string | undefined;
  /** Where its edge signed it. */
  readonly signed?: EventSignature | undefined;
  readonly data: unknown;
}

export function eventView({ position, id, source, type, timeMs, receivedMs, keys, principal, traceparent, signed, data }: EventRecord): EventView {
  return { position, id, source, type, time: instant(timeMs), received: instant(receivedMs), keys, principal, traceparent, ...(signed && { signed }), data: recorded(data) };
}
