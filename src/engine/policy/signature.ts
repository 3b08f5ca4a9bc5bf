import { createHmac, timingSafeEqual } from 'node:crypto';

/** Why a signature was not taken. */
export type SignatureFault = 'missing' | 'malformed' | 'too old or too new' | 'wrong';

const toleranceMs = 5 * 60_000;
const headerMax = 1_024;

/**
 * Checks `t=<epoch seconds>,v1=<hex HMAC-SHA256(secret, t + "." + raw body)>`; several `v1` may be given while a secret is being
 * replaced. Undefined where one fits.
 */
export function signatureFault(header: string | undefined, secret: string, raw: Buffer, nowMs: number): SignatureFault | undefined {
  if (header === undefined || header === '') return 'missing';
  if (header.length > headerMax) return 'malformed';
  const parts = header.split(',').map((part) => part.trim());
  const seconds = parts.find((part) => part.startsWith('t='))?.slice(2) ?? '';
  const given = parts.filter((part) => part.startsWith('v1=')).map((part) => part.slice(3));
  if (!/^\d{1,12}$/.test(seconds) || given.length === 0 || !given.every((hex) => /^[0-9a-f]{64}$/i.test(hex))) return 'malformed';
  if (Math.abs(nowMs - Number(seconds) * 1_000) > toleranceMs) return 'too old or too new';
  const right = createHmac('sha256', secret).update(`${seconds}.`).update(raw).digest();
  return given.some((hex) => timingSafeEqual(Buffer.from(hex, 'hex'), right)) ? undefined : 'wrong';
}
