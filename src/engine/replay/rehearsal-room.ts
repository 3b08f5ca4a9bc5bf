import type { EventRecord } from '../../store/store.ts';
import type { Conviction } from '../watch/watch.ts';
import type { Flow } from '../../model/flow.ts';
import { rehearse, type Piece, type Played, type RehearsalParts } from './rehearsal.ts';

/** Where events are played into flows for a dry run: code of the landscape may not come back there, and the hub goes on. */
export interface RehearsalRoom {
  /** The key that a flow gives to an event. Raises `Stalled`, and an error with what its code threw. */
  keyOf(flow: Flow, event: EventRecord): Promise<string>;
  /** `ask`: whether systems may be asked now. Raises `Stalled`. */
  rehearse(piece: Piece, given: Pick<RehearsalParts, 'ask' | 'nowMs'>): Promise<Played>;
}

/** What a room is made for. */
export type RoomParts = Pick<RehearsalParts, 'landscape' | 'limits' | 'store' | 'oversight' | 'nextTurn'>;

/** Code of the landscape did not come back, or ended the room: what was played there is over. */
export class Stalled extends Error {
  readonly found: Omit<Conviction, 'subject'>;

  constructor(found: Omit<Conviction, 'subject'>) {
    super('code of the landscape did not come back');
    this.name = 'Stalled';
    this.found = found;
  }
}

/** The hub's own thread: what does not come back there ends it. */
export function roomHere(parts: RoomParts): RehearsalRoom {
  return {
    // The event was checked by the contract that the flow is declared on.
    keyOf: async (flow, event) => flow.key(JSON.parse(event.data) as never),
    rehearse: (piece, given) => rehearse({ ...parts, ...given }, piece),
  };
}
