import { shardOf } from '../../store/shard.ts';
import { requestFlow } from '../capabilities/request.ts';
import type { Errand } from '../effects/errand.ts';

/** The part of the work that one of several engines does: every shard meets every event, and starts the flows whose key is its own. */
export interface EngineShard {
  readonly number: number;
  readonly shards: number;
  /** Whether a run of this flow with this key is this shard's. */
  starts(flow: string, key: string): boolean;
}

export function engineShard(number: number, shards: number): EngineShard {
  return {
    number,
    shards,
    // A request is put into one shard only.
    starts: (flow, key) => flow === requestFlow || shardOf(key, shards) === number,
  };
}

/** Whether this errand is for another shard to send: effects on one entity form one queue, in the shard of the entity. */
export function isAbroad({ number, shards }: EngineShard, { query, queue }: Pick<Errand, 'query' | 'queue'>): boolean {
  return !query && shardOf(queue, shards) !== number;
}
