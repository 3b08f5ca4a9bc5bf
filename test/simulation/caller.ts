import { Fault } from '../../src/kernel/errors.ts';
import type { World } from './world.ts';

const triesMax = 300;

/** Does `work` again until it goes through: as whoever has something to tell does where the other side may be down. Faults mean "not yet". */
export async function insist<Value>(world: World, name: string, work: () => Promise<Value>): Promise<Value> {
  const random = world.chance(`caller ${name}`);
  world.pending += 1;
  try {
    let waitMs = 0;
    for (let tries = 1; tries <= triesMax; tries += 1) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        waitMs = Number(error.details['retryAfterMs'] ?? 0);
      }
      await world.delay(Math.max(waitMs, random.whole(200, 2_000)));
    }
    throw new Error(`${name} was tried ${triesMax} times`);
  } finally {
    world.pending -= 1;
  }
}
