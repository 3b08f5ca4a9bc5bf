import { Fault } from '../../src/kernel/errors.ts';
import { pointOf } from '../../src/engine/log/points.ts';
import type { Change, ChangeResult, Store } from '../../src/store/store.ts';
import type { Durable } from './durable.ts';
import { never, type Life } from './life.ts';
import type { World } from './world.ts';

export interface FaultyStoreParts {
  readonly world: World;
  readonly inner: Store;
  readonly life: Life;
  readonly durable: Durable;
  /** Ends the hub's process now. */
  readonly crash: (why: string) => void;
  /** Whether the hub is still recovering. */
  readonly isRecovering: () => boolean;
}

const refusalsMax = 4;
const slowMaxMs = 2_000;

/** The store as one process of the hub has it: with latency, refusals and lost answers; what the process did not commit is gone with it. */
export function faultyStore({ world, inner, life, durable, crash, isRecovering }: FaultyStoreParts): Store {
  const random = world.chance('store');
  let lost: { readonly changes: readonly Change[]; readonly results: readonly ChangeResult[] } | undefined;
  let refusals = 0;

  async function applied(changes: readonly Change[]): Promise<readonly ChangeResult[]> {
    const results = await inner.commit(changes);
    durable.note(changes, results, world.time.now());
    world.story.tell('store', `${changes.length} changes: ${changes.slice(0, 12).map(pointOf).join(', ')}`);
    return results;
  }

  async function commit(changes: readonly Change[]): Promise<readonly ChangeResult[]> {
    const fault = world.faults.at('commit');
    await world.delay(random.whole(1, 6));
    if (lost) {
      if (lost.changes !== changes) world.broken('after the lost answer of a commit something else was asked of the store');
      const { results } = lost;
      lost = undefined;
      return results;
    }
    if (fault?.kind === 'store-refuses') {
      world.faults.hit(fault);
      refusals = 1 + Math.floor(fault.size * refusalsMax);
    }
    if (refusals > 0) {
      refusals -= 1;
      throw new Fault('STORE_UNAVAILABLE', 'the disk is full');
    }
    if (fault?.kind === 'store-slow') {
      world.faults.hit(fault);
      await world.delay(Math.round(fault.size * slowMaxMs));
      if (life.cut) return never();
    }
    if (life.cut && !random.likely(0.5)) return never();
    const results = await applied(changes);
    if (fault?.kind === 'crash-in-commit' && !life.cut) {
      world.faults.hit(fault);
      crash('in the middle of a commit');
    }
    if (fault?.kind === 'store-answer-lost') {
      world.faults.hit(fault);
      lost = { changes, results };
      throw new Fault('STORE_UNAVAILABLE', 'the answer of the server was lost');
    }
    await world.delay(random.whole(0, 4));
    return results;
  }

  /** One after the other; those that were asked for before a refusal was told are refused with it. */
  let newest: Promise<unknown> = Promise.resolve();
  function inTurn(changes: readonly Change[]): Promise<readonly ChangeResult[]> {
    const before = newest;
    const mine = before.then(() => commit(changes));
    newest = mine;
    mine.catch(() => {
      if (newest === mine) newest = Promise.resolve();
    });
    return mine;
  }

  /** A read takes its time; what it tells may be as old as its question. */
  async function read<Value>(ask: () => Promise<Value>): Promise<Value> {
    if (isRecovering()) {
      const fault = world.faults.at('recovery');
      if (fault && !life.cut) {
        world.faults.hit(fault);
        crash('while it recovered');
      }
    }
    const wait = random.whole(0, 3);
    if (random.likely(0.5)) {
      const value = await ask();
      if (wait > 0) await world.delay(wait);
      return value;
    }
    if (wait > 0) await world.delay(wait);
    return ask();
  }

  // Every method of the port but `commit` and `close` is a question: it changes nothing and resolves with its answer.
  const questions = Object.entries(inner as unknown as Readonly<Record<string, (...given: readonly unknown[]) => Promise<unknown>>>).map(
    ([name, ask]) => [name, (...given: readonly unknown[]) => (life.cut ? never() : life.hears(read(() => ask(...given))))] as const,
  );
  return {
    // The methods of the port under their names, see above.
    ...(Object.fromEntries(questions) as unknown as Store),
    overlapping: true,
    commit: (changes) => (life.cut ? never() : life.hears(inTurn(changes))),
    close: async () => undefined,
  };
}
