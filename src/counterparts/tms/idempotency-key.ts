// Idempotency keys: what was done once under a key is answered again, not done again.
import { isDeepStrictEqual } from 'node:util';
import { refused } from '../frame/answer.ts';
import type { Answer } from '../frame/answer.ts';
import type { Frame } from '../frame/frame.ts';
import type { Call } from '../frame/route.ts';
import type { Table } from '../frame/state.ts';

interface Done {
  readonly path: string;
  readonly body: unknown;
  readonly answer: Answer;
}

/** Wraps a handler. Only what succeeded is remembered: after a refusal the same key may try again. */
export function idempotentOf(frame: Frame): (handle: (call: Call) => Answer) => (call: Call) => Answer {
  const done: Table<Done> = frame.state.table();
  return (handle) => (call) => {
    const key = call.header('idempotency-key');
    if (key === undefined) return handle(call);
    const path = call.param('id');
    const name = JSON.stringify([call.principal, key]);
    const known = done.get(call.tx, name);
    if (known === undefined) return done.put(call.tx, name, { path, body: call.body, answer: handle(call) }).answer;
    if (known.path === path && isDeepStrictEqual(known.body, call.body)) return known.answer;
    throw refused(422, 'IDEMPOTENCY_KEY_REUSED', `idempotency key ${key} was used for another request`, { key });
  };
}
