import type { Clock } from '../../kernel/clock.ts';
import type { StepRecord } from '../../store/store.ts';
import { isWithdrawn, type Withdrawal } from '../shards/asked-step.ts';
import { isAbroad, type EngineShard } from '../shards/engine-shard.ts';
import type { Oversight } from '../watch/oversight.ts';
import { note, type Ending, type Errand } from './errand.ts';
import type { OpenErrands } from './open-errands.ts';

/** How a handed-over effect ended, for the run that asked for it. */
export interface Heard {
  readonly run: string;
  readonly step: string;
  readonly ending: Ending;
}

/** What is between this engine's effects and those of other shards. */
export interface OtherShards {
  /** Another shard sends it: the commit of its intent puts it into that one's inbox. */
  handOver(errand: Errand): void;
  /** How an effect ended that was handed over to the shard of its entity; nothing where that is known already. */
  heard(reply: Heard): void;
  /** What another shard's run does not want any more: what was never tried is cancelled, and where the whole run is, the rest is not sent again. */
  withdraw(withdrawal: Withdrawal): void;
  /** Whether effects on this entity are another shard's to send. */
  isAbroad(step: Pick<StepRecord, 'kind' | 'entity'>): boolean;
}

interface OtherShardsParts {
  readonly shard: EngineShard | undefined;
  readonly errands: OpenErrands;
  readonly clock: Clock;
  readonly oversight: Oversight;
  readonly cancel: (errand: Errand) => boolean;
  readonly isClosed: () => boolean;
}

export function otherShards({ shard, errands, clock, oversight, cancel, isClosed }: OtherShardsParts): OtherShards {
  return {
    handOver(errand) {
      errands.add(errand);
      errand.status = 'sent';
      note(errand, { atMs: clock.now(), what: 'handed over', note: 'to the shard of its entity', trace: errand.traceparent() });
    },
    heard({ run, step, ending }) {
      // One that was begun anew is known there by its identity.
      const errand = errands.find(run, step) ?? errands.ofRun(run).find(({ key }) => key === `${run}/${step}`);
      if (isClosed() || !errand || !shard || !isAbroad(shard, errand)) return;
      oversight.acquit(errand.subject);
      errands.delete(errand);
      errand.status = ending.status;
      note(errand, { atMs: clock.now(), what: ending.status === 'done' ? 'answered' : ending.status, note: 'says the shard of its entity' });
      errand.onEnd(errand, ending);
    },
    withdraw(withdrawal) {
      for (const errand of errands.all()) {
        if (!isWithdrawn(withdrawal, errand.step) || cancel(errand)) continue;
        if (withdrawal.step === undefined) errand.withdrawn = true;
      }
    },
    isAbroad: ({ kind, entity = '' }) => shard !== undefined && isAbroad(shard, { query: kind !== 'effect', queue: entity }),
  };
}
