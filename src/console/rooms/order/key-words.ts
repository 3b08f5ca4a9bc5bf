// Business keys: what kind of thing one is, and what it hangs together with.
import type { StoryView } from '../../../api/stories.ts';
import { fieldOf, fieldsOf } from './value-words.ts';

/** The names that a business key may have, as people say them. */
const kinds = {
  order: 'Order',
  customerOrder: 'Customer order',
  purchaseOrder: 'Purchase order',
  batch: 'Batch',
  shipment: 'Shipment',
  item: 'Item',
  asset: 'Asset',
  line: 'Line',
  component: 'Component',
  episode: 'Episode',
  appointment: 'Appointment',
  workRequest: 'Work request',
} as const;

export const keyNames: readonly string[] = Object.keys(kinds);

/** `Purchase order` for `purchaseOrder`. */
export function kindWords(name: string): string {
  return Reflect.has(kinds, name) ? String(Reflect.get(kinds, name)) : 'Business key';
}

export interface LinkedKey {
  readonly kind: string;
  readonly value: string;
  readonly to: string;
}

/** What kind of thing the key is: how events and cases call it, or else the requests. */
export function kindOfKey(story: StoryView): string {
  return kindWords(pairsOf(story).find(([, value]) => value === story.key)?.[0] ?? '');
}

/** Further keys that its events, cases and requests name. */
export function linkedKeys(story: StoryView): readonly LinkedKey[] {
  const found = new Map<string, LinkedKey>();
  for (const [name, value] of pairsOf(story)) {
    // An episode is an id of the rule; nobody in the plant calls anything so.
    if (value === story.key || name === 'episode' || found.has(value)) continue;
    const to = name === 'line' ? `/lines/${encodeURIComponent(value)}` : `/orders/${encodeURIComponent(value)}`;
    found.set(value, { kind: kindWords(name), value, to });
  }
  const rank = ({ kind }: LinkedKey): number => linkOrder.indexOf(kind);
  return [...found.values()].sort((a, b) => rank(a) - rank(b)).slice(0, linksMax);
}

const linkOrder: readonly string[] = Object.values(kinds);
const linksMax = 12;

function pairsOf({ timeline }: StoryView): readonly (readonly [string, string])[] {
  const named = timeline.flatMap(({ detail }) => fieldsOf(fieldOf(detail, 'keys')));
  const asked = timeline.flatMap(({ kind, detail }) => (kind === 'effect' || kind === 'query' ? fieldsOf(fieldOf(detail, 'input')) : []));
  return [...named, ...asked].flatMap(([name, value]) => (keyNames.includes(name) && typeof value === 'string' && value !== '' ? [[name, value] as const] : []));
}
