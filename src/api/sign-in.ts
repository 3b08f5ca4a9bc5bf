import { Type } from 'typebox';
import { Fault } from '../kernel/errors.ts';
import { schema } from '../kernel/schema.ts';
import type { BadKeyLimit } from '../engine/policy/bad-key-limit.ts';
import type { Principal } from '../engine/policy/key-ring.ts';
import type { SignIn } from '../engine/policy/sign-in.ts';
import { instant } from '../engine/stories/recorded-json.ts';
import { refuse } from './access.ts';
import { header, ok, route, type Answer, type RawCall, type Route } from './route.ts';
import { viewShapes } from './view-shapes.ts';

export interface SignInParts {
  readonly sessions: SignIn;
  readonly badKeys: BadKeyLimit;
  readonly publicUrl: () => string;
  /** The header that gives a browser its session. */
  readonly cookie: (session: string, expiresMs: number) => string;
}

/** Who the caller is to the hub. `system` is the connected application that a key of the role `system` belongs to. */
export type MeView = Principal;

/** A link that signs one person in, once. */
export interface SignInLinkView {
  readonly url: string;
  readonly expires: string;
}

const inviteShape = schema(
  Type.Object(
    { name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._@ -]{0,63}$' }), role: Type.Union([Type.Literal('admin'), Type.Literal('operator'), Type.Literal('viewer')]) },
    { additionalProperties: false },
  ),
);
const codeQuery = schema(Type.Object({ code: Type.Optional(Type.String({ maxLength: 512 })) }));

/** A link that signs one browser in, once, within ten minutes. */
export function signInLink({ sessions, publicUrl }: Pick<SignInParts, 'sessions' | 'publicUrl'>, principal: Principal): { readonly url: string; readonly expiresMs: number } {
  const { code, expiresMs } = sessions.invite(principal);
  return { url: `${publicUrl().replace(/\/+$/, '')}/sign-in?code=${code}`, expiresMs };
}

/** A person reads a page, a program a problem. Raises NOT_SIGNED_IN or TOO_MANY_TRIES for programs. */
function refusedLink(badKeys: BadKeyLimit, from: string, headers: RawCall['headers']): Answer {
  try {
    return refuse(badKeys, from, 'This sign-in link was used already, or is older than ten minutes. Ask for a new one.');
  } catch (error) {
    const wantsPage = header({ headers }, 'accept')?.includes('text/html') ?? false;
    if (!wantsPage || !(error instanceof Fault)) throw error;
    return { status: 303, headers: { location: `/?sign-in=${error.code === 'TOO_MANY_TRIES' ? 'later' : 'used'}`, 'referrer-policy': 'no-referrer' }, body: '' };
  }
}

export function signInRoutes(parts: SignInParts): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/sign-in-links',
      group: 'sign-in',
      summary: 'Makes a link that signs one person in, once, within ten minutes.',
      right: 'invite',
      body: inviteShape,
      async serve({ body }) {
        const { url, expiresMs } = signInLink(parts, { name: body.name, role: body.role, system: undefined });
        return ok({ url, expires: instant(expiresMs) } satisfies SignInLinkView);
      },
    }),
    route({
      method: 'GET',
      path: '/sign-in',
      group: 'sign-in',
      summary: 'Uses up a sign-in link: sets the session cookie and leads to the start page; a browser whose link opens nothing is led to the page that says so.',
      right: 'open',
      query: codeQuery,
      async serve({ query: { code = '' }, from, headers }) {
        const made = await parts.sessions.redeem(code);
        if (!made) return refusedLink(parts.badKeys, from, headers);
        return { status: 303, headers: { location: '/', 'set-cookie': parts.cookie(made.session, made.expiresMs), 'referrer-policy': 'no-referrer' }, body: '' };
      },
    }),
    route({
      method: 'GET',
      path: '/api/me',
      group: 'sign-in',
      summary: 'Who the caller is to the hub.',
      right: 'read',
      gives: viewShapes.me,
      serve: async ({ principal }) => ok(principal satisfies MeView),
    }),
    route({
      method: 'POST',
      path: '/api/sign-out',
      group: 'sign-in',
      summary: 'Ends the session of this browser.',
      right: 'read',
      async serve({ session }) {
        if (session !== undefined) await parts.sessions.signOut(session);
        return { status: 200, headers: { 'set-cookie': parts.cookie('', 0) }, body: { signedOut: session !== undefined } };
      },
    }),
  ];
}
