import { parentPort } from 'node:worker_threads';
import { assert } from '../../kernel/assert.ts';
import { Fault, messageOf, type FaultCode } from '../../kernel/errors.ts';

export interface Call {
  readonly call: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

export type Answer =
  | { readonly call: number; readonly value: unknown }
  | {
      readonly call: number;
      readonly code: FaultCode | undefined;
      readonly message: string;
      readonly details: Readonly<Record<string, unknown>>;
      readonly cause: string | undefined;
    };

/** What a thread offers: functions by name; `close` is the last one called. */
export type Service = ReadonlyMap<string, (...args: readonly never[]) => unknown>;

/** The main thread's `openThread` is the only sender; the methods' types are held where `call` is made. */
type Message = Call & { readonly args: readonly never[] };

/**
 * Answers the calls of `openThread` in this thread, one after the other; those that came together, together. `open` runs at the first
 * call, so that what it throws is an answer too.
 */
export function serve(open: () => Service): void {
  const port = parentPort;
  assert(port !== null, 'a service runs in a thread');
  let service: Service | undefined;

  function answerTo({ call, method, args }: Message): Answer {
    try {
      if (method === 'open') {
        service = open();
        return { call, value: undefined };
      }
      const asked = service?.get(method);
      assert(asked !== undefined, `the store's thread knows ${method}`);
      return { call, value: asked(...args) };
    } catch (error) {
      return refusal(call, error);
    }
  }

  port.on('message', (message: Message | Message[]) => {
    port.postMessage(Array.isArray(message) ? message.map(answerTo) : answerTo(message));
  });
}

function refusal(call: number, error: unknown): Answer {
  const fault = error instanceof Fault ? error : undefined;
  const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : error instanceof Error ? error.stack : undefined;
  return { call, code: fault?.code, message: messageOf(error), details: fault?.details ?? {}, cause };
}
