import { keysOf } from '../../model/contract.ts';
import { orderImpact, type OrderImpact } from '../../model/impact.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { EventRecord } from '../../store/store.ts';
import { recorded } from '../stories/recorded-json.ts';

/** What of an event a case needs to tell what it touches. */
export type TouchingEvent = Pick<EventRecord, 'type' | 'keys' | 'data'>;

/**
 * The orders that a refused request touches: its own, and that of the event that led to it. The amounts are those of the request, where its
 * capability declares any, else those of the event: the same goods do not count twice.
 */
export function refusedOrders(landscape: Landscape, capability: string, input: unknown, event: TouchingEvent): readonly OrderImpact[] {
  const { keys = {}, impact } = landscape.of('capability').get(capability) ?? {};
  const asked = orderImpact(keysOf(keys, input), impact, input);
  const led = orderImpact(event.keys, landscape.contractOfType(event.type)?.impact, recorded(event.data));
  const measures = asked?.quantity || asked?.value ? asked : led;
  const orders = new Set([led?.order, asked?.order].filter((order) => order !== undefined));
  const measured = measures?.order ?? '';
  return [...orders].map((order) => (order === measured ? { order, quantity: measures?.quantity, value: measures?.value } : { order }));
}
