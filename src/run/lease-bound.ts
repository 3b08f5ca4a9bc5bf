import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import type { Connection } from '../model/connector.ts';

type Open = Connection<unknown, unknown>;

/**
 * A connection of a hub that another one may take over: nothing is sent where the lease has run out, and nothing goes on longer than it.
 * A request whose own deadline lies inside the lease is sent as it is; any other ends with the lease, where that is not renewed by then.
 */
export function whileHeld(connection: Open, heldForMs: (() => number) | undefined, clock: Clock): Open {
  if (!heldForMs) return connection;
  let watched: { readonly signal: AbortSignal; count: number; readonly stop: () => void } | undefined;

  /** Aborts when the lease runs out; looked after only while somebody depends on it. */
  function end(): NonNullable<typeof watched> {
    if (watched) return watched;
    const lapse = new AbortController();
    let cancel = (): void => undefined;
    const look = (): void => {
      const leftMs = heldForMs?.() ?? 0;
      if (leftMs > 0) cancel = clock.after(leftMs, look);
      else lapse.abort(new Fault('OUTCOME_UNKNOWN', "This hub's lease on its store ran out before an answer came."));
    };
    look();
    watched = { signal: lapse.signal, count: 0, stop: () => cancel() };
    return watched;
  }

  async function bounded(request: unknown, context: Parameters<Open['send']>[1]): Promise<unknown> {
    const lease = end();
    lease.count += 1;
    try {
      const { timeoutMs, traceparent, accepted } = context;
      const signal = AbortSignal.any([context.signal, lease.signal]);
      return await connection.send(request, { timeoutMs, traceparent, signal, ...(accepted && { accepted }) });
    } finally {
      lease.count -= 1;
      if (lease.count === 0) {
        lease.stop();
        if (watched === lease) watched = undefined;
      }
    }
  }

  return {
    async send(request, context) {
      const leftMs = heldForMs();
      if (leftMs <= 0) throw new Fault('SYSTEM_UNREACHABLE', "not sent: this hub's lease on its store has run out");
      return context.timeoutMs <= leftMs ? connection.send(request, context) : bounded(request, context);
    },
    close: () => connection.close(),
  };
}
