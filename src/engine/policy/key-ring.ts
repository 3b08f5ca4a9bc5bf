import { createHash, timingSafeEqual } from 'node:crypto';
import type { Role } from './role.ts';

/** Somebody the hub knows. `name` is what the log, the audit and the exceptions call them. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
  /** The connected application that the key belongs to, for the role `system`. */
  readonly system: string | undefined;
}

/** One key as it is kept: never the key itself. */
export interface KeyRecord {
  readonly name: string;
  readonly role: Role;
  readonly system?: string;
  /** SHA-256 of the key, hex. */
  readonly hash: string;
}

/** The keys that open the hub. */
export interface KeyRing {
  /** Who holds this key. */
  holder(key: string): Principal | undefined;
}

const keyMax = 512;

/** SHA-256 of a key, hex: keys are 256 random bits, so a plain hash hides them. */
export function keyHash(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

export function keyRing(records: readonly KeyRecord[]): KeyRing {
  const known = records.map(({ name, role, system, hash }) => ({ principal: { name, role, system }, hash: Buffer.from(hash, 'hex') }));
  return {
    holder(key) {
      if (key.length > keyMax) return undefined;
      const given = Buffer.from(keyHash(key), 'hex');
      let found: Principal | undefined;
      // Every record is compared, so that the time taken says nothing about which one nearly fitted.
      for (const { principal, hash } of known) if (hash.length === given.length && timingSafeEqual(hash, given)) found ??= principal;
      return found;
    },
  };
}
