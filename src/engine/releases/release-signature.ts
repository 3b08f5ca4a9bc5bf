import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';

/** A release as a hub offers it to edges: its files as one text, signed. */
export interface SignedRelease {
  readonly release: string;
  /** As `bundled` makes it. */
  readonly body: string;
  /** Ed25519 over release and body, base64. */
  readonly signature: string;
}

function signedBytes(release: string, body: string): Buffer {
  return Buffer.from(`lineshaft release\n${release}\n${body}`);
}

/** `key` is a private Ed25519 key. */
export function signedRelease(key: KeyObject, release: string, body: string): SignedRelease {
  return { release, body, signature: sign(null, signedBytes(release, body), key).toString('base64') };
}

/** Whether the holder of the private key to this public one has signed these very files. */
export function isSigned(key: KeyObject, { release, body, signature }: SignedRelease): boolean {
  return verify(null, signedBytes(release, body), key, Buffer.from(signature, 'base64'));
}

/** By which people compare a key: the first 32 hex digits of its SHA-256, in groups of four. */
export function fingerprintOf(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const digest = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
  return (digest.slice(0, 32).match(/.{4}/g) ?? []).join('-');
}
