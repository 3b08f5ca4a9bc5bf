import { eventType, type Contract } from '../../model/contract.ts';
import type { Landscape } from '../../model/landscape.ts';
import { classOfContract } from '../exceptions/class.ts';
import { hubOwner } from '../exceptions/hub-owner.ts';
import { builtIn, type Opening } from '../exceptions/opening.ts';
import { messageId } from '../flows/key-lines.ts';

/** A message that is no event of a contract of this landscape, or that is too long to be kept whole. What it does not tell is empty. */
export interface Stranger {
  readonly type: string;
  readonly source: string;
  readonly id: string;
  readonly principal: string;
  readonly reason: string;
  readonly atMs: number;
}

/**
 * What somebody is told of such messages: the owner of the contract where another version of it is known, else who runs the hub. One case
 * counts all that one sender sends of that contract, or of none: nobody can fill the list of cases with types of their own making.
 */
export function strangerCase(landscape: Landscape, { type, source, id, principal, reason, atMs }: Stranger): Opening | undefined {
  const contract = newestOf(landscape, type);
  const owner = contract?.owner ?? hubOwner(landscape);
  if (!owner) return undefined;
  const message = messageId(source, id);
  const of = contract ? `another version of ${contract.title}` : type === '' ? 'a message without a type' : `a message of a type that nobody declared`;
  return builtIn({
    id: message,
    type: 'event-unknown',
    class: contract ? classOfContract(landscape, contract) : 'unknown',
    owner,
    summary: `${principal} sent ${of}; it lies in quarantine: ${reason}`,
    keys: {},
    evidence: { message, type, source, id, principal, reason },
    suggestions: [
      `Declare a contract of this type and version, bring it to the hub and release the message (lineshaft quarantine release ${message}); or have the sender send what is declared.`,
      `Or discard it with a reason (lineshaft quarantine discard ${message}). Nothing waits for it.`,
    ],
    actions: [],
    subject: [principal, contract?.name ?? ''],
    nowMs: atMs,
  });
}

/** The newest version of the contract that a type names. */
function newestOf(landscape: Landscape, type: string): Contract | undefined {
  const name = type.replace(/\.v\d+$/, '');
  return [...landscape.of('contract').values()].filter((contract) => contract.name === name || eventType(contract) === type).toSorted((a, b) => b.version - a.version)[0];
}
