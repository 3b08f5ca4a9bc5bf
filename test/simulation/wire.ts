import { Fault } from '../../src/kernel/errors.ts';
import type { PlannedFault } from './fault.ts';
import type { World } from './world.ts';

/**
 * The way of a request over HTTP to the hub and of its answer back, as a caller has it who gives up after a time: the request may be sent
 * away with Retry-After, come twice, or come when nobody waits for its answer any more; the answer may be lost.
 */
export type Wire = <Value>(request: () => Promise<Value>) => Promise<Value>;

/** How long a caller waits for an answer. */
const patienceMs = 3_000;
const lateMaxMs = 8_000;
const againMaxMs = 4_000;

/** `place`: programs that tell and ask (`call`), or people who decide (`order`). */
export function wire(world: World, place: 'call' | 'order'): Wire {
  /** One delivery whose answer nobody waits for. */
  function alone(request: () => Promise<unknown>, afterMs: number): void {
    world.pending += 1;
    world.time.after(afterMs, () => {
      request()
        .catch((error: unknown) => (error instanceof Fault ? undefined : world.broken(`a request failed: ${String(error)}`)))
        .finally(() => {
          world.pending -= 1;
        });
    });
  }

  async function unheard(): Promise<never> {
    await world.delay(patienceMs);
    throw new Fault('OUTCOME_UNKNOWN', 'no answer came');
  }

  async function disturbed<Value>({ kind, size }: PlannedFault, request: () => Promise<Value>): Promise<Value> {
    switch (kind.slice(place.length + 1)) {
      case 'busy':
        throw new Fault('SYSTEM_BUSY', 'status 503', { retryAfterMs: 1_000 + Math.floor(size * 6_000) });
      case 'answer-lost':
        alone(request, 0);
        return unheard();
      case 'late':
        alone(request, patienceMs + Math.floor(size * lateMaxMs));
        return unheard();
      case 'duplicate':
        alone(request, Math.floor(size * againMaxMs));
        return request();
      default:
        throw new Error(`${kind} is nothing that happens to a request`);
    }
  }

  return async (request) => {
    const fault = world.faults.at(place);
    if (!fault) return request();
    world.faults.hit(fault);
    return disturbed(fault, request);
  };
}
