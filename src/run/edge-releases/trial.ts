import type { EdgeStatus } from '../../engine/edge/edge-status.ts';
import { sleep, type Clock } from '../../kernel/clock.ts';

interface TrialParts {
  readonly clock: Clock;
  readonly trialMs: number;
  readonly signal: AbortSignal;
}

const looks = 10;

/**
 * Watches an edge on a release that is on trial. Why it is not healthy; undefined where it is: no rule of it is set aside or fails,
 * and every source that was connected under the one before is connected at the end, unless `signal` comes before.
 */
export async function healthTrouble(edge: { status(): Promise<EdgeStatus> }, before: EdgeStatus, { clock, trialMs, signal }: TrialParts): Promise<string | undefined> {
  const wasConnected = new Set(before.sources.filter(({ connected }) => connected).map(({ name }) => name));
  let now = await edge.status();
  for (let look = 0; look < looks; look++) {
    await sleep(clock, trialMs / looks, signal).catch(() => undefined); // closing: one last look
    now = await edge.status();
    const failing = now.quarantine.find(({ address }) => address.startsWith('rule:'));
    if (failing) return `${failing.address.replace(':', ' ')} fails: ${failing.reason.replace(/\.$/, '')}`;
    if (signal.aborted) return undefined;
  }
  const lost = now.sources.find(({ name, connected }) => wasConnected.has(name) && !connected);
  return lost && `the source ${lost.name} was connected before and is not within ${trialMs / 1_000} s: ${lost.detail}`;
}
