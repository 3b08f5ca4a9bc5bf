import { Fault } from 'lineshaft';
import type { Change } from '../../src/store/store.ts';
import type { rig } from './rig.ts';

type Stage = Awaited<ReturnType<typeof rig>>;

/** Kills the engine just before or after its `n`-th commit, once. */
export interface Kill {
  readonly at: 'before' | 'after';
  readonly n: number;
}

export interface KilledStage {
  /** Whether it came to that commit. */
  readonly hit: () => boolean;
  /** Does it until it is answered, starting the engine again where it was killed: whoever got no answer asks again. */
  insist(act: () => Promise<unknown>): Promise<void>;
}

export function killAt(stage: Stage, { at, n }: Kill): KilledStage {
  let count = 0;
  let isHit = false;
  const { commit } = stage.store;
  stage.store.commit = async (changes: readonly Change[]) => {
    count += 1;
    const now = !isHit && count === n;
    isHit ||= now;
    if (now && at === 'before') {
      stage.kill();
      return new Promise<never>(() => undefined);
    }
    const results = await commit(changes);
    if (now) stage.kill();
    return now ? new Promise<never>(() => undefined) : results;
  };
  const silence = async (): Promise<false> => {
    await stage.settle();
    await stage.settle();
    return false;
  };
  // Decided before, says the engine: it was heard.
  const heard = (error: unknown): boolean => error instanceof Fault && error.code === 'CONFLICT';
  return {
    hit: () => isHit,
    async insist(act) {
      for (let tries = 0; tries < 5; tries += 1) {
        if (await Promise.race([act().then(() => true, heard), silence()])) return;
        await stage.restart();
      }
    },
  };
}

/** Plays a story killed before and after each of its commits in turn, until it has no more; gives how many there were. */
export async function playAll(play: (kill: Kill) => Promise<boolean>): Promise<number> {
  let plays = 0;
  for (const at of ['before', 'after'] as const) for (let n = 1; await play({ at, n }); n += 1) plays += 1;
  return plays;
}
