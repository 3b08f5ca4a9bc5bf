import { sleep } from '../kernel/clock.ts';
import { delayBefore, type Backoff } from '../kernel/retry.ts';
import type { ConnectorPorts } from '../model/connector.ts';

const backoff: Backoff = { firstMs: 200, maxMs: 10_000 };

/**
 * Keeps a connection until the signal: `connection` again whenever it ends, and less and less often while it fails without having said `onUp`.
 * `lost` is told what it failed with, and when it is tried again: `next try in 1.2 s.`
 */
export async function keepConnected(
  connection: (onUp: () => void) => Promise<void>,
  lost: (error: unknown, nextTry: string) => void,
  { clock, random }: Pick<ConnectorPorts, 'clock' | 'random'>,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; !signal.aborted;) {
    try {
      await connection(() => {
        failures = 0;
      });
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      const waitMs = delayBefore(failures, backoff, random);
      lost(error, `next try in ${(waitMs / 1_000).toFixed(1)} s.`);
      await sleep(clock, waitMs, signal).catch(() => undefined); // closing: the loop ends
    }
  }
}
