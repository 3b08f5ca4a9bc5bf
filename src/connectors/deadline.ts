import type { Clock } from '../kernel/clock.ts';
import type { Fault } from '../kernel/errors.ts';
import type { SendContext } from '../model/connector.ts';

/** The end of one request's time: `signal` aborts when the caller gives up or `timeoutMs` have passed on `clock`. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/** Starts the time of one request. Dispose it when the request has ended. */
export function deadline(clock: Clock, context: Pick<SendContext, 'signal' | 'timeoutMs'>): Deadline {
  const over = new AbortController();
  const cancel = clock.after(context.timeoutMs, () => over.abort(new Error(`no answer within ${context.timeoutMs} ms`)));
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

/** What a promise gives that others wait for too, or the Fault of whoever gives up before. */
export function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal, faultOf: (reason: unknown) => Fault): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stopListening = onAbort(signal, (reason) => reject(faultOf(reason)));
    promise.then(resolve, reject).finally(stopListening);
  });
}
