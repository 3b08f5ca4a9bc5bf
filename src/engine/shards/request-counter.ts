import { sleep, type Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Landscape } from '../../model/landscape.ts';
import { shardOf, type Letter } from '../../store/shard.ts';
import type { Store } from '../../store/store.ts';
import { askedFor, assertSame, requestOf, servedOf, type Counter, type Served } from '../capabilities/counter.ts';
import type { Oversight } from '../watch/oversight.ts';

export interface RequestCounterParts {
  readonly landscape: Landscape;
  readonly clock: Clock;
  readonly oversight: Oversight;
  /** The logs, shard by shard. */
  readonly stores: readonly Pick<Store, 'run' | 'steps' | 'event'>[];
  readonly put: (letters: readonly Letter[]) => Promise<void>;
  /** The counter of a shard that is here, if any is: queries are of no shard. */
  readonly here: () => Pick<Counter, 'query'> | undefined;
}

/** Between two looks at a request that another hub may be carrying out, growing. */
const lookFirstMs = 10;
const lookMaxMs = 250;

/** The counter of a hub whose log has several shards: an action goes to the shard of its caller and key, whoever holds it. */
export function requestCounter({ landscape, clock, oversight, stores, put, here }: RequestCounterParts): Counter {
  async function request(name: string, input: unknown, caller: Parameters<Counter['request']>[2]): Promise<Served> {
    const { principal, idempotencyKey, waitMs } = caller;
    const capability = askedFor({ landscape, oversight }, name, input, 'action');
    const { run, event } = requestOf(capability, input, { principal, idempotencyKey });
    const to = shardOf(`${principal}/${idempotencyKey}`, stores.length);
    const store = stores[to - 1];
    const untilMs = clock.steady() + waitMs;
    let record = await store?.run(run);
    if (!record) await put([{ kind: 'letter', to, principal, sender: 'engine', event: JSON.stringify(event) }]);
    for (let ms = lookFirstMs; (record === undefined || record.status === 'active') && clock.steady() < untilMs; ms = Math.min(lookMaxMs, ms * 1.5)) {
      await sleep(clock, ms);
      record = await store?.run(run);
    }
    if (!store || !record) return { run, status: 'active', result: undefined };
    const served = await servedOf(store, run);
    // A run goes together with its event: where this is there, nothing was dropped while that was looked at.
    const earlier = await store.event(record.position);
    // What was dropped since it was found is asked for as if it had never been.
    if (!earlier) return request(name, input, caller);
    // Of two that came at once with one key, the first in the log counts.
    assertSame(earlier, event.data);
    return served;
  }

  return {
    request,
    async query(name, input) {
      const counter = here();
      if (!counter) throw new Fault('OVERLOADED', 'This hub holds no shard now: ask another one, or again later.');
      return counter.query(name, input);
    },
  };
}
