import { Fault } from '../../kernel/errors.ts';
import { keyNames, keysOf, type Contract } from '../../model/contract.ts';
import { dropReason } from '../../model/event-filter.ts';
import { objectOf } from '../stories/recorded-json.ts';

/** A business key that a message would lose. */
export interface LostKey {
  readonly name: string;
  readonly field: string;
  readonly was: string;
  /** What would be in its place, where anything would. */
  readonly is: string | undefined;
}

/**
 * The first business key of a message that what a person made of its data has not; undefined where it keeps them all. A key that the message
 * could not be taken with is no key: it is what had to be mended. Runs the contract's own code.
 */
export function lostKey(contract: Contract, came: unknown, made: unknown): LostKey | undefined {
  // What is still broken is told at the door.
  if (!isTaken(contract, made)) return undefined;
  const [before, after] = [keysOf(contract.keys, came), keysOf(contract.keys, made)];
  for (const name of keyNames) {
    const [field, was, is] = [contract.keys[name], before[name], after[name]];
    if (field === undefined || was === undefined || was === is) continue;
    if (isTaken(contract, { ...objectOf(made), [field]: was })) return { name, field, was, is };
  }
  return undefined;
}

function isTaken({ schema, drop = [] }: Contract, data: unknown): boolean {
  if (!schema.check(data)) return false;
  try {
    dropReason(drop, data);
    return true;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}
