import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { Type } from 'typebox';
import { assert } from '../../kernel/assert.ts';
import { canonicalJson } from '../../kernel/canonical-json.ts';
import { digest } from '../../kernel/hash-chain.ts';
import { schema } from '../../kernel/schema.ts';
import type { EventSignature } from '../../store/store.ts';
import { parseCloudEvent, type CloudEvent } from './cloud-event.ts';

/** What an edge signs of an event: what the log keeps of it. The data stands there as its digest, so that a proof that has no more can be checked. */
export interface SignedFacts {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly happened: string;
  /** SHA-256 of the canonical JSON of the data (RFC 8785), hex. */
  readonly data: string;
}

const claimShape = schema(Type.Object({ signingkey: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }), signature: Type.String({ pattern: '^[A-Za-z0-9_-]{86}$' }) }));

export function signedFacts({ id, source, type, timeMs, data }: Omit<CloudEvent, 'traceparent'>): SignedFacts {
  return { id, source, type, happened: new Date(timeMs).toISOString(), data: digest(data) };
}

function signedBytes({ id, source, type, happened, data }: SignedFacts): Buffer {
  return Buffer.from(`lineshaft event\n${canonicalJson({ id, source, type, happened, data })}`);
}

/** The edge that an event says it is of, by its source `/edge/NAME/…`; undefined also where it is no event. */
export function edgeOf(event: unknown): string | undefined {
  if (typeof event !== 'object' || event === null || !('source' in event) || typeof event.source !== 'string') return undefined;
  return /^\/edge\/([^/]*)/.exec(event.source)?.[1];
}

/** What an event of an edge has of a signature, in the extension attributes `signingkey` and `signature`; those of others are their own affair. */
export function signatureOn(event: unknown): EventSignature | undefined {
  if (edgeOf(event) === undefined || !claimShape.check(event)) return undefined;
  return { key: event.signingkey, signature: event.signature };
}

/** Signs events, structured JSON texts: each with two attributes more. `key` is a private Ed25519 key; the same event gets the same signature (RFC 8032). */
export function eventSigner(key: KeyObject): (body: string) => string {
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  assert(x !== undefined, 'an edge signs with an Ed25519 key');
  return (body) => {
    const event: unknown = JSON.parse(body);
    const { source, id, type, timeMs, data } = parseCloudEvent(event, 0);
    const signature = sign(null, signedBytes(signedFacts({ source, id, type, timeMs, data })), key).toString('base64url');
    return JSON.stringify({ ...Object(event), signingkey: x, signature });
  };
}

/** A public key of 32 bytes, base64url (RFC 8037 §2). */
export function publicKeyOf(x: string): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

/** Whether the holder of the key has signed just this. */
export function isEventSigned({ key, signature }: EventSignature, facts: SignedFacts): boolean {
  return verify(null, signedBytes(facts), publicKeyOf(key), Buffer.from(signature, 'base64url'));
}

/** The same off the main thread: 0.1 ms of CPU time each, and a batch has hundreds. */
export function isEventSignedAside({ key, signature }: EventSignature, facts: SignedFacts): Promise<boolean> {
  return new Promise((resolve, reject) => {
    verify(null, signedBytes(facts), publicKeyOf(key), Buffer.from(signature, 'base64url'), (error, isSigned) => (error ? reject(error) : resolve(isSigned)));
  });
}
