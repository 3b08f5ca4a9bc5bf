import { hashId } from '../../kernel/ids.ts';
import { ancestorAt } from '../../model/asset.ts';
import type { Machine, StateChanged } from '../../model/machine.ts';
import type { Change } from './machine-memory.ts';

/** A change of a machine's state as its event tells it. */
export interface ToldChange {
  readonly id: string;
  /** When the new state began, epoch milliseconds. */
  readonly atMs: number;
  readonly data: StateChanged;
}

/** Which machine went to which state when, so that what is judged twice is known to be the same. */
export function changeId({ name, on: { asset } }: Machine, to: string, atMs: number): string {
  return hashId('machine', name, asset.name, to, String(atMs));
}

export function toldChange(machine: Machine, { change: { from, to }, reason, toReason }: Change): ToldChange {
  const { asset } = machine.on;
  return {
    id: changeId(machine, to.state, to.atMs),
    atMs: to.atMs,
    data: {
      asset: asset.name,
      line: (ancestorAt(asset, 'line') ?? asset).name,
      from: from.state,
      to: to.state,
      since: new Date(to.atMs).toISOString(),
      lasted: to.atMs - from.fromMs,
      ...(reason !== undefined && { reason }),
      ...(toReason !== undefined && { toReason }),
    },
  };
}
