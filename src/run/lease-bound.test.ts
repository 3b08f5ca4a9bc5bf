import { describe, expect, test } from 'vitest';
import { virtualClock } from '../kernel/virtual-clock.ts';
import type { SendContext } from '../model/connector.ts';
import { whileHeld } from './lease-bound.ts';

/** A system that never answers, under a lease that ends at `untilMs`. */
function rig(untilMs: number) {
  const clock = virtualClock();
  const lease = { untilMs };
  const signals: AbortSignal[] = [];
  const silent = {
    send: (_request: unknown, { signal }: SendContext) =>
      new Promise((_resolve, reject) => {
        signals.push(signal);
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
    close: async () => undefined,
  };
  const connection = whileHeld(silent, () => Math.max(0, lease.untilMs - clock.now()), clock);
  const send = (timeoutMs: number): Promise<unknown> => connection.send({}, { signal: new AbortController().signal, timeoutMs, traceparent: '' });
  return { clock, lease, signals, send };
}

describe('a connection under a lease', () => {
  test('sends nothing when the lease has run out', async () => {
    const { clock, signals, send } = rig(1_000);
    await clock.advance(1_000);
    await expect(send(100)).rejects.toMatchObject({ code: 'SYSTEM_UNREACHABLE' });
    expect(signals).toEqual([]);
  });

  test('leaves a request alone whose deadline lies inside the lease', async () => {
    const { clock, signals, send } = rig(1_000);
    void send(900);
    await clock.advance(5_000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  });

  test('ends any other with the lease, and only when that is not renewed', async () => {
    const { clock, lease, signals, send } = rig(1_000);
    const asked = send(60_000);
    asked.catch(() => undefined);
    await clock.advance(900);
    lease.untilMs = 2_000;
    await clock.advance(1_000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await clock.advance(200);
    await expect(asked).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(clock.next()).toBeUndefined();
  });
});
