import { eventType, keysOf, type Contract } from '../../model/contract.ts';
import type { Flow } from '../../model/flow.ts';
import { orderImpact } from '../../model/impact.ts';
import type { Landscape } from '../../model/landscape.ts';
import { classOfContract } from '../exceptions/class.ts';
import { builtIn, type Opening } from '../exceptions/opening.ts';
import { messageId } from '../flows/key-lines.ts';
import type { Oversight } from '../watch/oversight.ts';
import type { Subject } from '../watch/watch.ts';

/** A message of a known contract that does not fit it. */
export interface BadMessage {
  readonly contract: Contract;
  readonly source: string;
  readonly id: string;
  readonly data: unknown;
  readonly reason: string;
  readonly atMs: number;
}

/** One key of a flow that a message holds. */
export interface Slot {
  readonly flow: Flow;
  readonly key: string;
}

export const quarantinedType = 'event-quarantined';

/** The keys that a message holds while it lies in quarantine: those that flows of its contract can read from it as it is. */
export function slotsHeld(
  { contract, source, id, data }: BadMessage,
  { landscape, oversight }: { readonly landscape: Landscape; readonly oversight: Pick<Oversight, 'isBarred' | 'during'> },
): readonly Slot[] {
  const subject: Subject = { kind: 'event', key: `${source} ${id}`, of: contract };
  if (oversight.isBarred(subject)) return [];
  const type = eventType(contract);
  return [...landscape.of('flow').values()].flatMap((flow) => {
    if (eventType(flow.on) !== type) return [];
    const key = oversight.during(subject, () => keyIn(flow, data));
    return key === undefined ? [] : [{ flow, key }];
  });
}

/** Code that was written for whole events may throw on a broken one, or give nothing: then its key is not known. */
function keyIn(flow: Flow, data: unknown): string | undefined {
  let key: unknown;
  try {
    // Not an event of the contract: what the code makes of it is checked below.
    key = flow.key(data as never);
  } catch {
    return undefined;
  }
  return typeof key === 'string' && key !== '' && !key.includes('undefined') ? key : undefined;
}

/** What messages have in common that are counted in one case. */
export function subjectOf(bad: BadMessage, slots: readonly Slot[]): readonly string[] {
  return [eventType(bad.contract), ...slots.map(({ flow, key }) => `${flow.name}/${key}`)];
}

/** What the owner of its contract is told. */
export function quarantinedCase(landscape: Landscape, bad: BadMessage, slots: readonly Slot[]): Opening {
  const { contract, source, id, data, reason, atMs } = bad;
  const message = messageId(source, id);
  const keys = keysOf(contract.keys, data);
  const waits =
    slots.length === 0 ? 'Nothing waits for it.' : `What comes later for ${slots.map(({ key }) => key).join(', ')} waits in line until this is decided; everything else goes on.`;
  return builtIn({
    id: message,
    type: quarantinedType,
    class: classOfContract(landscape, contract),
    owner: contract.owner,
    summary: `${contract.title} of ${source} lies in quarantine: ${reason}`,
    keys,
    evidence: { message, type: eventType(contract), source, id, reason },
    suggestions: [`Mend it and release it (lineshaft quarantine release ${message}), or discard it with a reason.`, waits],
    actions: [],
    subject: subjectOf(bad, slots),
    orders: [orderImpact(keys, contract.impact, data)].filter((one) => one !== undefined),
    nowMs: atMs,
  });
}
