import { createCipheriv, createDecipheriv, createHash, randomBytes, scryptSync } from 'node:crypto';

/** A secret as it lies on the disk: AES-256-GCM, all base64url. */
export interface Sealed {
  readonly iv: string;
  readonly tag: string;
  readonly text: string;
}

/** How a key is made of a passphrase (RFC 7914). */
export interface Stretch {
  readonly salt: string;
  readonly cost: number;
  readonly blockSize: 8;
  readonly parallel: number;
}

export const keyBytes = 32;
/** NIST SP 800-38D §5.2.1.1: of this length it is taken as it is; a fresh one for each value. */
const ivBytes = 12;
const tagBytes = 16;
const saltBytes = 16;

/** The name belongs to what is authenticated: a value that is moved under another name does not open. */
function boundTo(name: string): Buffer {
  return Buffer.from(`lineshaft secret\n${name}`);
}

export function seal(key: Buffer, name: string, value: string): Sealed {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes });
  cipher.setAAD(boundTo(name));
  const text = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  return { iv: iv.toString('base64url'), tag: cipher.getAuthTag().toString('base64url'), text: text.toString('base64url') };
}

/** Undefined where it was not sealed under this name with this key, or was altered since. */
export function unsealed(key: Buffer, name: string, { iv, tag, text }: Sealed): string | undefined {
  const [nonce, proof] = [Buffer.from(iv, 'base64url'), Buffer.from(tag, 'base64url')];
  if (nonce.length !== ivBytes || proof.length !== tagBytes) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(boundTo(name));
  decipher.setAuthTag(proof);
  const opened = decipher.update(Buffer.from(text, 'base64url'));
  try {
    return Buffer.concat([opened, decipher.final()]).toString('utf8');
  } catch {
    // The one thing that `final` refuses is a tag that does not fit.
    return undefined;
  }
}

/** By which a key is known without telling it. */
export function keyId(key: Buffer): string {
  return createHash('sha256').update('lineshaft secret key\n').update(key).digest('hex').slice(0, 16);
}

/** 32 MB and a third of a second on a gateway, three times over: what OWASP's cheat sheet on password storage asks of scrypt. */
export function freshStretch(): Stretch {
  return { salt: randomBytes(saltBytes).toString('base64url'), cost: 2 ** 15, blockSize: 8, parallel: 3 };
}

export function stretched(passphrase: string, { salt, cost, blockSize, parallel }: Stretch): Buffer {
  const options = { N: cost, r: blockSize, p: parallel, maxmem: 256 * cost * blockSize };
  return scryptSync(passphrase.normalize('NFC'), Buffer.from(salt, 'base64url'), keyBytes, options);
}
