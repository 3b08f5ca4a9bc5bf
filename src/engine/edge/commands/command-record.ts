import { Type, type Static } from 'typebox';
import { Fault } from '../../../kernel/errors.ts';
import { schema } from '../../../kernel/schema.ts';
import type { CommandOrder, CommandReply, CommandValue } from '../../../model/command-order.ts';
import type { KeptCommand } from '../../../store/edge-store.ts';

/** One thing that happened to a command, by the edge's clock. */
const trailEntry = Type.Object({ atMs: Type.Number(), what: Type.String(), note: Type.Optional(Type.String()) });
export type TrailEntry = Static<typeof trailEntry>;

/** A command as the edge keeps it: who asked for what and why, what the machine said before, and everything that was done. */
export interface CommandRecord {
  readonly order: CommandOrder;
  /** Set with the intent: from then on it may be written. */
  readonly before?: CommandValue;
  readonly trail: readonly TrailEntry[];
  /** Absent while it is open. */
  readonly reply?: CommandReply;
}

// What a record holds was checked when it came; whether it is one of ours is what is asked here.
const shape = schema(Type.Object({ order: Type.Object({ id: Type.String(), capability: Type.String(), signal: Type.String() }), trail: Type.Array(trailEntry) }));

/** Entries of a story that are kept: how it began, and what came last. */
const [firstKept, lastKept] = [10, 50];

export function keptOf(record: CommandRecord, atMs: number, writtenMs: number | undefined): KeptCommand {
  const { order, reply, trail } = record;
  const kept = trail.length <= firstKept + lastKept ? trail : [...trail.slice(0, firstKept), ...trail.slice(-lastKept)];
  return { id: order.id, signal: order.signal, open: reply === undefined, writtenMs, atMs, body: JSON.stringify({ ...record, trail: kept }) };
}

/** Raises STORE_UNAVAILABLE where a stored command is none. */
export function recordOf({ id, body }: KeptCommand): CommandRecord {
  const parsed: unknown = JSON.parse(body);
  if (!shape.check(parsed)) throw new Fault('STORE_UNAVAILABLE', `What is kept of the command ${id} is none.`, { id });
  // Written by keptOf() only, from an order that was checked when it came.
  return parsed as unknown as CommandRecord;
}
