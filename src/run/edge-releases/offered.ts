import type { KeyObject } from 'node:crypto';
import { Type } from 'typebox';
import { jsonOf, withinTime, type Send } from '../../engine/edge/send.ts';
import type { HubList } from '../../engine/edge/hub-list.ts';
import { isSigned, type SignedRelease } from '../../engine/releases/release-signature.ts';
import type { Clock } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { schema } from '../../kernel/schema.ts';

const release = Type.String({ pattern: '^[0-9a-f]{16}$' });
const signedShape = schema(Type.Object({ release, body: Type.String(), signature: Type.String() }));
const sameShape = schema(Type.Object({ release }));

const bytesMax = 64 * 1024 * 1024;
const timeoutMs = 60_000;

export interface OfferParts {
  readonly hubs: Pick<HubList, 'current'>;
  readonly send: Send;
  readonly key: string;
  /** Whose signature counts. */
  readonly pin: KeyObject;
  readonly clock: Clock;
}

/**
 * Asks the hub for its release. Raises SYSTEM_UNREACHABLE, SYSTEM_BUSY and REPLY_BROKEN where it cannot be had, and RELEASE_NOT_SIGNED
 * where it is not signed with the key that this edge was enrolled with.
 */
export async function offeredRelease({ hubs, send, key, pin, clock }: OfferParts, have: string, signal: AbortSignal): Promise<SignedRelease | undefined> {
  const url = hubs.current();
  const asked = {
    url: `${url}/api/edge-release?have=${encodeURIComponent(have)}`,
    method: 'GET' as const,
    headers: { authorization: `Bearer ${key}` },
    body: '',
    answerMax: bytesMax,
  };
  const answer = await withinTime(clock, timeoutMs, signal, async (ends) => send({ ...asked, signal: ends })).catch((error: unknown) => {
    throw new Fault('SYSTEM_UNREACHABLE', `The hub ${url} gave no answer: ${messageOf(error)}`, { url }, error);
  });
  if (answer.status !== 200) throw new Fault('SYSTEM_BUSY', `The hub ${url} answered ${answer.status}: ${answer.body.slice(0, 200)}`, { url, status: answer.status });
  const found = jsonOf(answer.body);
  if (signedShape.check(found)) {
    if (found.release === have) return undefined;
    if (!isSigned(pin, found))
      throw new Fault('RELEASE_NOT_SIGNED', `The release ${found.release} that ${url} offers is not signed with the key that this edge was enrolled with.`, {
        url,
        release: found.release,
      });
    return found;
  }
  if (sameShape.check(found)) return undefined;
  throw new Fault('REPLY_BROKEN', `The hub ${url} did not answer with a release.`, { url });
}
