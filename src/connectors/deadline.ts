import type { Clock } from '../kernel/clock.ts';
import type { SendContext } from '../model/connector.ts';

/** The end of one request's time: `signal` aborts when the caller gives up or `timeoutMs` have passed on `clock`. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/** Starts the time of one request. Dispose it when the request has ended. */
export function deadline(clock: Clock, context: Pick<SendContext, 'signal' | 'timeoutMs'>): Deadline {
  const over = new AbortController();
  const cancel = clock.at(clock.now() + context.timeoutMs, () => over.abort(new Error(`no answer within ${context.timeoutMs} ms`)));
  const stopListening = onAbort(context.signal, (reason) => over.abort(reason));
  return {
    signal: over.signal,
    [Symbol.dispose]() {
      cancel();
      stopListening();
    },
  };
}

/** Runs `act` when `signal` aborts, at once if it has; the returned function takes it back. */
export function onAbort(signal: AbortSignal, act: (reason: unknown) => void): () => void {
  if (signal.aborted) {
    act(signal.reason);
    return () => undefined;
  }
  const listener = (): void => act(signal.reason);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}
