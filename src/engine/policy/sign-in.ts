import type { Clock } from '../../kernel/clock.ts';
import { keyHash, type Principal } from './key-ring.ts';
import type { SessionShelf } from './session-shelf.ts';

/** A fresh secret as an argument: 256 random bits as URL-safe text. */
export type FreshSecret = () => string;

/** Codes that sign one browser in, once, and the sessions that come of them. Sessions outlive the process; codes do not. */
export interface SignIn {
  /** A code for one sign-in within `codeMs`. */
  invite(principal: Principal): { readonly code: string; readonly expiresMs: number };
  /** Uses a code up; resolves when its session is kept. Undefined for a code that opens nothing. Raises STORE_UNAVAILABLE, and then leaves the code. */
  redeem(code: string): Promise<{ readonly session: string; readonly expiresMs: number } | undefined>;
  /** Who holds this session. */
  holder(session: string): Principal | undefined;
  /** Resolves when a session is over and stays so. Raises STORE_UNAVAILABLE, and then leaves it. */
  signOut(session: string): Promise<void>;
}

export interface SignInOptions {
  readonly clock: Clock;
  readonly freshSecret: FreshSecret;
  readonly shelf: SessionShelf;
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

/** Takes up the sessions of an earlier process. Raises what the shelf raises. */
export async function signIn(options: SignInOptions): Promise<SignIn> {
  const { clock, freshSecret, shelf, codeMs = 10 * 60_000, sessionMs = 12 * 3_600_000, codesMax = 100, sessionsMax = 1_000 } = options;
  // By hash: what lies in memory or on the shelf opens nothing, and a look-up by hash tells nothing about the secret.
  const codes = new Map<string, Held>();
  const kept = (await shelf.kept()).filter(({ expiresMs }) => expiresMs > clock.now()).slice(-sessionsMax);
  const sessions = new Map<string, Held>(kept.map(({ hash, principal, expiresMs }) => [hash, { principal, expiresMs }]));

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

  function get(from: Map<string, Held>, secret: string): Held | undefined {
    if (secret.length > secretMax) return undefined;
    const held = from.get(keyHash(secret));
    return held && held.expiresMs > clock.now() ? held : undefined;
  }

  function keep(): Promise<void> {
    return shelf.keep([...sessions].map(([hash, held]) => ({ hash, ...held })));
  }

  return {
    invite(principal) {
      const { secret, expiresMs } = put(codes, principal, codeMs, codesMax);
      return { code: secret, expiresMs };
    },
    async redeem(code) {
      const held = get(codes, code);
      if (!held) return undefined;
      // Before anything is waited for: the second of two at once finds it used.
      codes.delete(keyHash(code));
      const { secret, expiresMs } = put(sessions, held.principal, sessionMs, sessionsMax);
      try {
        await keep();
      } catch (error) {
        sessions.delete(keyHash(secret));
        codes.set(keyHash(code), held);
        throw error;
      }
      return { session: secret, expiresMs };
    },
    holder: (session) => get(sessions, session)?.principal,
    async signOut(session) {
      const hash = keyHash(session);
      const held = sessions.get(hash);
      if (!held) return;
      sessions.delete(hash);
      try {
        await keep();
      } catch (error) {
        // It would be back after a restart, so it is not over yet: who signs out is told, and tries again.
        sessions.set(hash, held);
        throw error;
      }
    },
  };
}
