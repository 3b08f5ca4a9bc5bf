import { hashId } from '../../kernel/ids.ts';
import type { Result } from '../../model/capability.ts';
import { eventType, keysOf } from '../../model/contract.ts';
import type { Landscape } from '../../model/landscape.ts';
import { shardOf, type Letter, type Parcel, type Reply } from '../../store/shard.ts';
import { endedStatuses, type Change } from '../../store/store.ts';
import { requested, requestFlow } from '../capabilities/request.ts';
import type { Ending, Skipping } from '../effects/errand.ts';
import { historyOf } from '../effects/history.ts';
import type { Heard } from '../effects/other-shards.ts';
import { cancelStep } from '../flows/cancellation.ts';
import { settleId } from '../flows/step-errand.ts';
import { saying } from '../log/door-verdict.ts';
import { askedStep, type Withdrawal } from './asked-step.ts';
import type { EngineShard } from './engine-shard.ts';

const nothing: readonly Parcel[] = [];

/**
 * What a change of this shard hands to others, in the same commit: the intent of an effect to the shard of its entity, word that it is not
 * wanted any more, its end back to the shard of the run, and what was released from quarantine to all of them.
 */
export function parcelsOf(change: Change, shard: EngineShard, landscape: Landscape): readonly Parcel[] {
  if (change.change === 'step.add') return asked(change, shard, landscape);
  if (change.change === 'event.append') return change.abroad === undefined ? nothing : released(change.principal, change.abroad, shard);
  if (change.change === 'step.set' && change.abroad?.asks) return [anew(change, change.abroad.as, change.abroad.asks, shard, landscape)];
  if (change.change !== 'step.set' || !endedStatuses.includes(change.status) || !change.run.startsWith(`${requestFlow}:`)) return nothing;
  const step = askedStep(change.id);
  return step ? [{ kind: 'reply', to: step.shard, run: step.run, step: step.step, status: change.status, output: change.output }] : nothing;
}

type StepAdd = Extract<Change, { change: 'step.add' }>;

function asked(step: StepAdd, shard: EngineShard, landscape: Landscape): readonly Parcel[] {
  const { number, shards } = shard;
  const { run, id, entity } = step;
  if (id === cancelStep) return others(shard).map((to) => withdrawn(to, { shard: number, run }));
  const to = entity === undefined ? number : shardOf(entity, shards);
  if (to === number) return nothing;
  if (step.kind === 'effect') return [intent(step, shard, to, landscape)];
  // The step in which `compensate()` learns what became of it: its id names it.
  return id.startsWith(settleId('')) ? [withdrawn(to, { shard: number, run, step: id.slice(settleId('').length) })] : nothing;
}

/** One that a person has begun anew is another request, under the name that its identity ends with. */
function anew(
  { run, history }: Pick<StepAdd, 'run' | 'history'>,
  id: string,
  asks: Readonly<Record<'name' | 'entity' | 'input', string>>,
  shard: EngineShard,
  landscape: Landscape,
): Letter {
  return intent({ ...asks, run, id, mode: 'attempt', dueMs: undefined, history }, shard, shardOf(asks.entity, shard.shards), landscape);
}

/** It comes into the other shards as it would have when it came first; one that has it already makes nothing of it. */
function released(principal: string, text: string, shard: EngineShard): readonly Letter[] {
  const event = saying(text, { is: 'taken' });
  return others(shard).map((to) => ({ kind: 'letter', to, principal, sender: 'outside', event }));
}

function others({ number, shards }: EngineShard): readonly number[] {
  return Array.from({ length: shards }, (_, index) => index + 1).filter((to) => to !== number);
}

function withdrawn(to: number, withdrawal: Withdrawal): Letter {
  return { kind: 'letter', to, principal: `shard ${withdrawal.shard}`, sender: 'withdrawal', event: JSON.stringify(withdrawal) };
}

type Asked = Pick<StepAdd, 'run' | 'id' | 'name' | 'mode' | 'dueMs' | 'input' | 'history'>;

function intent({ run, id: step, name, mode, dueMs, input: text, history }: Asked, { number }: EngineShard, to: number, landscape: Landscape): Letter {
  const capability = landscape.of('capability').get(name);
  const input: unknown = JSON.parse(text);
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
  const traceparent = historyOf({ history })[0]?.trace;
  const event = { specversion: '1.0', id: hashId(run, step), source: `/shards/${number}`, type: eventType(requested), ...(traceparent !== undefined && { traceparent }), data };
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
