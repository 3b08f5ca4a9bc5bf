import { Fault, messageOf } from '../../kernel/errors.ts';
import type { End } from './line.ts';
import { storeFault, troubleOf } from './trouble.ts';

/** How often a transaction that the server gave back (deadlock, serialization, a connection that broke too soon) is tried at once. */
const triesMax = 10;

/** Does what the server may take back, until it does not. Raises STORE_UNAVAILABLE, STORE_TAKEN_OVER. */
export async function insisted(place: string, attempt: () => Promise<End>): Promise<void> {
  let trouble: unknown;
  for (let tries = 0; tries < triesMax; tries += 1) {
    const end = await attempt().catch((error: unknown): End => failed(error));
    if (end.durable) return;
    ({ trouble } = end);
    if (!end.again) throw storeFault(trouble, place);
  }
  throw new Fault('STORE_UNAVAILABLE', `${place} did not take the same commit ${triesMax} times: ${messageOf(trouble)}.`, { place }, trouble);
}

/** What an error before anything was sent means. */
export function failed(trouble: unknown): End {
  return { durable: false, trouble, again: troubleOf(trouble) === 'again' };
}
