import type { Clock } from '../../kernel/clock.ts';
import { keyHash, type Principal } from './key-ring.ts';

/** A fresh secret as an argument: 256 random bits as URL-safe text. */
export type FreshSecret = () => string;

/** Codes that sign one browser in, once, and the sessions that come of them. Both are in memory: a restart signs everybody out. */
export interface SignIn {
  /** A code for one sign-in within `codeMs`. */
  invite(principal: Principal): { readonly code: string; readonly expiresMs: number };
  /** Uses a code up. */
  redeem(code: string): { readonly session: string; readonly expiresMs: number } | undefined;
  /** Who holds this session. */
  holder(session: string): Principal | undefined;
  signOut(session: string): void;
}

export interface SignInOptions {
  readonly clock: Clock;
  readonly freshSecret: FreshSecret;
  readonly codeMs?: number;
  readonly sessionMs?: number;
  readonly codesMax?: number;
  readonly sessionsMax?: number;
}

interface Held {
  readonly principal: Principal;
  readonly expiresMs: number;
}

const secretMax = 512;

export function signIn(options: SignInOptions): SignIn {
  const { clock, freshSecret, codeMs = 10 * 60_000, sessionMs = 12 * 3_600_000, codesMax = 100, sessionsMax = 1_000 } = options;
  // By hash: what lies in memory opens nothing, and a look-up by hash tells nothing about the secret.
  const codes = new Map<string, Held>();
  const sessions = new Map<string, Held>();

  function put(into: Map<string, Held>, principal: Principal, forMs: number, max: number): { readonly secret: string; readonly expiresMs: number } {
    const nowMs = clock.now();
    for (const [hash, held] of into) if (held.expiresMs <= nowMs) into.delete(hash);
    const [oldest] = into.keys();
    // Full: the oldest makes room.
    if (into.size >= max && oldest !== undefined) into.delete(oldest);
    const secret = freshSecret();
    const expiresMs = nowMs + forMs;
    into.set(keyHash(secret), { principal, expiresMs });
    return { secret, expiresMs };
  }

  function get(from: Map<string, Held>, secret: string): Principal | undefined {
    if (secret.length > secretMax) return undefined;
    const held = from.get(keyHash(secret));
    return held && held.expiresMs > clock.now() ? held.principal : undefined;
  }

  return {
    invite(principal) {
      const { secret, expiresMs } = put(codes, principal, codeMs, codesMax);
      return { code: secret, expiresMs };
    },
    redeem(code) {
      const principal = get(codes, code);
      if (!principal) return undefined;
      codes.delete(keyHash(code));
      const { secret, expiresMs } = put(sessions, principal, sessionMs, sessionsMax);
      return { session: secret, expiresMs };
    },
    holder: (session) => get(sessions, session),
    signOut: (session) => void sessions.delete(keyHash(session)),
  };
}
