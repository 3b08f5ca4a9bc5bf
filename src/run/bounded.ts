import { Script } from 'node:vm';
import type { Bounded } from '../engine/edge/rule-guard.ts';
import { Fault } from '../kernel/errors.ts';

/** Under which name a call finds what it is to call. */
const slot = Symbol.for('lineshaft.bounded');
const call = new Script(`globalThis[Symbol.for('lineshaft.bounded')]()`);

/**
 * Ends code that does not come back: V8 lets a script be interrupted, at the price of a thread for the time of the call. For what is
 * called now and then; it needs no thread at rest.
 */
export function boundedBy(ms: number): Bounded {
  return (work) => {
    const results: ReturnType<typeof work>[] = [];
    Reflect.set(globalThis, slot, () => void results.push(work()));
    try {
      call.runInThisContext({ timeout: ms });
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
        throw new Fault('LANDSCAPE_STALLED', `did not come back within ${ms / 1_000} s`, {}, error);
      throw error;
    } finally {
      Reflect.deleteProperty(globalThis, slot);
    }
    const [result] = results;
    // The script has called it, once: else it would have thrown.
    return result as ReturnType<typeof work>;
  };
}
