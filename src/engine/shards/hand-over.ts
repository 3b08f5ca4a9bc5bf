import { hashId } from '../../kernel/ids.ts';
import type { Result } from '../../model/capability.ts';
import { eventType, keysOf } from '../../model/contract.ts';
import type { Landscape } from '../../model/landscape.ts';
import { shardOf, type Parcel, type Reply } from '../../store/shard.ts';
import { endedStatuses, type Change } from '../../store/store.ts';
import { requested, requestFlow } from '../capabilities/request.ts';
import type { Ending, Skipping } from '../effects/errand.ts';
import { askedStep } from './asked-step.ts';
import type { EngineShard } from './engine-shard.ts';

/** How a handed-over effect ended, for the run that asked for it. */
export interface Heard {
  readonly run: string;
  readonly step: string;
  readonly ending: Ending;
}

/**
 * What a change of this shard hands to another one, in the same commit: the intent of an effect to the shard of its entity, and its end back
 * to the shard of the run.
 */
export function parcelOf(change: Change, { number, shards }: EngineShard, landscape: Landscape): Parcel | undefined {
  if (change.change === 'step.set') {
    if (!endedStatuses.includes(change.status) || !change.run.startsWith(`${requestFlow}:`)) return undefined;
    const asked = askedStep(change.id);
    return asked && { kind: 'reply', to: asked.shard, run: asked.run, step: asked.step, status: change.status, output: change.output };
  }
  if (change.change !== 'step.add' || change.kind !== 'effect' || change.entity === undefined) return undefined;
  const to = shardOf(change.entity, shards);
  if (to === number) return undefined;
  const { run, id: step, name, mode, dueMs } = change;
  const capability = landscape.of('capability').get(name);
  const input: unknown = JSON.parse(change.input);
  const { order, shipment, asset, item } = capability ? keysOf(capability.keys, input) : {};
  const data = {
    capability: name,
    key: `${run}/${step}`,
    principal: `shard ${number}`,
    input,
    ...(order && { order }),
    ...(shipment && { shipment }),
    ...(asset && { asset }),
    ...(item && { item }),
    handedOver: { shard: number, run, step, mode: mode === 'post' ? 'post' : 'attempt', ...(dueMs !== undefined && { dueMs }) },
  };
  const event = { specversion: '1.0', id: hashId(run, step), source: `/shards/${number}`, type: eventType(requested), data };
  return { kind: 'letter', to, principal: data.principal, sender: 'engine', event: JSON.stringify(event) };
}

/** A reply as the engine of the run takes it; undefined where it is none. */
export function heardFrom({ run, step, status, output }: Omit<Reply, 'kind' | 'to'>): Heard | undefined {
  switch (status) {
    case 'done':
    case 'refused':
      // Written by the engine of the other shard, which has checked it by the capability's schemas.
      return output === undefined ? undefined : { run, step, ending: { status, result: JSON.parse(output) as Extract<Ending, { status: 'done' }>['result'] } };
    case 'cancelled':
      return { run, step, ending: letGo(output) };
    case 'expired':
      return { run, step, ending: { status, result: undefined } };
    case 'open':
    case 'sent':
    case 'unknown':
    case 'parked':
      return undefined;
  }
}

/** What `outputText()` made of a cancelled effect: nothing, or what its flow gets instead from whoever let it go. */
function letGo(output: string | undefined): Ending {
  // Written by the engine of the other shard.
  const told = JSON.parse(output ?? 'null') as ({ readonly skipped: Skipping } & Result<unknown, unknown>) | null;
  if (!told) return { status: 'cancelled', result: undefined };
  const { skipped, ...result } = told;
  return { status: 'cancelled', result, skipped };
}
