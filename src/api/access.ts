import { Fault } from '../kernel/errors.ts';
import type { BadKeyLimit } from '../engine/policy/bad-key-limit.ts';
import type { KeyRing, Principal } from '../engine/policy/key-ring.ts';
import { permits, rolesWith, type Right } from '../engine/policy/role.ts';
import type { ClientCertificate } from './client-certificate.ts';
import type { SignIn } from '../engine/policy/sign-in.ts';

export const sessionCookie = 'lineshaft-session';

/** What of a request says who sent it. */
export interface Credentials {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The session of the cookie, before anything of it is trusted. */
  readonly session: string | undefined;
  readonly from: string;
  /** What the sender has shown of itself on the connection, where this hub asks edges for that. */
  readonly certificate?: ClientCertificate | undefined;
}

export interface AccessParts {
  readonly keys: KeyRing;
  readonly sessions: SignIn;
  readonly badKeys: BadKeyLimit;
}

/** Who sent a request. Raises NOT_SIGNED_IN, CERTIFICATE_UNFIT, NOT_ALLOWED and TOO_MANY_TRIES. */
export function admitted(parts: AccessParts, credentials: Credentials, right: Right): Principal {
  const principal = holder(parts, credentials);
  if (!permits(principal.role, right)) {
    throw new Fault('NOT_ALLOWED', `"${principal.name}" is ${principal.role}; this needs ${rolesWith(right).join(' or ')}.`, { role: principal.role, needs: rolesWith(right) });
  }
  return principal;
}

function holder({ keys, sessions, badKeys }: AccessParts, { method, headers, session, from, certificate }: Credentials): Principal {
  const authorization = text(headers['authorization']);
  if (authorization !== undefined) {
    const key = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    const found = key === undefined ? undefined : keys.holder(key);
    if (found?.role === 'edge' && certificate) return { ...found, name: certified(certificate).name };
    return found ?? refuse(badKeys, from, 'This key opens nothing here.');
  }
  if (certificate?.isShown) return certified(certificate);
  const found = session === undefined ? undefined : sessions.holder(session);
  if (!found) throw new Fault('NOT_SIGNED_IN', 'This request has no key and no session.');
  if (method !== 'GET' && method !== 'HEAD') holdToOwnPages(headers);
  return found;
}

/** The edge that a certificate names. Raises CERTIFICATE_UNFIT. */
function certified({ name, trouble }: ClientCertificate): Principal {
  if (trouble !== undefined) throw new Fault('CERTIFICATE_UNFIT', trouble, { certificate: name });
  return { name, role: 'edge', system: undefined };
}

/** Counts a wrong key, code or signature. Raises NOT_SIGNED_IN, or TOO_MANY_TRIES. */
export function refuse(badKeys: BadKeyLimit, from: string, why: string): never {
  const waitMs = badKeys.note(from);
  if (waitMs !== undefined) throw new Fault('TOO_MANY_TRIES', 'Too many wrong keys came from this address.', { retryAfterMs: waitMs });
  throw new Fault('NOT_SIGNED_IN', why);
}

/** A cookie goes with every request that a browser sends, also with those that other sites cause. */
function holdToOwnPages(headers: Credentials['headers']): void {
  if (!isOwnPage(headers)) throw new Fault('NOT_ALLOWED', 'With a session, changes are taken from the hub’s own pages only. Programs use a key.');
}

/** Whether a browser says that a page of the same origin sent this. */
export function isOwnPage(headers: Credentials['headers']): boolean {
  const site = text(headers['sec-fetch-site']);
  const origin = text(headers['origin']);
  return site === undefined ? origin !== undefined && hostOf(origin) === text(headers['host']) : site === 'same-origin';
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function text(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}
