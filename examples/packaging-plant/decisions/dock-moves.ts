import type { WarehouseCommitments } from '../capabilities/warehouse-commitments.ts';
import { shortagePolicy } from './shortage-policy.ts';

export interface DockWindow {
  readonly from: string;
  readonly to: string;
}

/** A dock appointment that has to move, and where it was. */
export interface DockMove {
  readonly appointment: string;
  readonly shipment: string;
  readonly window: DockWindow;
  readonly previous: DockWindow;
}

type Commitment = Pick<WarehouseCommitments['commitments'][number], 'appointment' | 'shipment' | 'window'>;

/** The appointments that would begin before the goods of an order are made and handled, each moved to the first free begin of the dock's grid. */
export function dockMoves({ commitments }: { readonly commitments: readonly Commitment[] }, plannedEnd: string): readonly DockMove[] {
  const { handlingMinutes, dockGridMinutes } = shortagePolicy;
  const gridMs = dockGridMinutes * 60_000;
  const readyMs = Math.ceil((Date.parse(plannedEnd) + handlingMinutes * 60_000) / gridMs) * gridMs;
  const moves = new Map<string, DockMove>();
  for (const { appointment, shipment, window } of commitments) {
    const fromMs = Date.parse(window.from);
    // Shipments that share an appointment move once.
    if (moves.has(appointment) || fromMs >= readyMs) continue;
    const toMs = readyMs + Date.parse(window.to) - fromMs;
    moves.set(appointment, { appointment, shipment, window: { from: new Date(readyMs).toISOString(), to: new Date(toMs).toISOString() }, previous: window });
  }
  return [...moves.values()];
}
