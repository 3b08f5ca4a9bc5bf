import { assetPath } from '../../model/asset.ts';
import { eventType } from '../../model/contract.ts';
import type { Machine } from '../../model/machine.ts';
import type { EventRecord, Store } from '../../store/store.ts';
import { changeId } from '../edge/machine-change.ts';
import { fieldOf, recorded } from './recorded-json.ts';

/** A change of a machine's state as the log has it. */
export interface LoggedChange {
  readonly id: string;
  readonly edge: string;
  /** When the new state began, epoch milliseconds. */
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
  /** How long the state before had lasted, milliseconds. */
  readonly lasted: number;
  readonly reason?: string;
  /** Position of its event in the log. */
  readonly position: number;
}

/** Events that are looked at, newest first: other machines give the same. */
const eventsMax = 1_000;

/** The newest changes of state that edges have told of a machine, newest first. */
export async function loggedChanges(store: Pick<Store, 'eventsLatest'>, machine: Machine, limit: number): Promise<readonly LoggedChange[]> {
  const events = await store.eventsLatest({ type: eventType(machine.emit), limit: eventsMax });
  return events.flatMap((event) => changeIn(event, machine) ?? []).slice(0, limit);
}

function changeIn({ id, source, timeMs, data, position }: EventRecord, machine: Machine): LoggedChange | undefined {
  const place = `/${assetPath(machine.on.asset)}`;
  if (!source.startsWith('/edge/') || !source.endsWith(place)) return undefined;
  const told = recorded(data);
  const [from, to, lasted, reason] = ['from', 'to', 'lasted', 'reason'].map((field) => fieldOf(told, field));
  if (typeof from !== 'string' || typeof to !== 'string' || typeof lasted !== 'number') return undefined;
  // An asset may have more than one machine.
  if (changeId(machine, to, timeMs) !== id) return undefined;
  const edge = source.slice('/edge/'.length, source.length - place.length);
  return { id, edge, atMs: timeMs, from, to, lasted, position, ...(typeof reason === 'string' && { reason }) };
}
