// OAuth 2 client credentials (RFC 6749 §4.4): short-lived opaque tokens. They outlive a reset of the world.
import { randomUUID } from 'node:crypto';
import { Refusal } from '../frame/answer.ts';
import type { Answer } from '../frame/answer.ts';
import { isObject } from '../frame/fields.ts';
import type { Call, Route } from '../frame/route.ts';

export interface AccessTokens {
  readonly route: Route;
  /** The client that this token was given to, while it is valid. */
  principalOf(token: string): string | undefined;
}

const tokensMax = 10_000;

/** `clients`: secret by client id. */
export function accessTokensOf(clients: ReadonlyMap<string, string>, ttlS: number): AccessTokens {
  const tokens = new Map<string, { readonly client: string; readonly untilMs: number }>();

  const give = (call: Call): Answer => {
    const form = isObject(call.body) ? call.body : {};
    const { id, secret } = basicFrom(call.header('authorization')) ?? { id: form['client_id'], secret: form['client_secret'] };
    if (typeof id !== 'string' || clients.get(id) === undefined || clients.get(id) !== secret) throw oauthError(401, 'invalid_client');
    if (form['grant_type'] !== 'client_credentials') throw oauthError(400, 'unsupported_grant_type');
    const token = randomUUID();
    call.after(() => {
      tokens.set(token, { client: id, untilMs: Date.now() + ttlS * 1_000 });
      // The oldest leave first; their holders get a 401 and ask again.
      for (const oldest of tokens.keys()) if (tokens.size > tokensMax) tokens.delete(oldest);
    });
    return { status: 200, body: { access_token: token, token_type: 'Bearer', expires_in: ttlS }, headers: { 'cache-control': 'no-store' } };
  };

  return {
    route: { method: 'POST', path: '/oauth/token', open: true, form: true, writes: false, handle: give },
    principalOf(token) {
      const found = tokens.get(token);
      return found === undefined || Date.now() >= found.untilMs ? undefined : found.client;
    },
  };
}

/** RFC 6749 §2.3.1: id and secret are form-encoded before they are joined. */
function basicFrom(header: string | undefined): { id: string; secret: string } | undefined {
  const encoded = /^Basic +(\S+)$/i.exec(header ?? '')?.[1];
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString()) ?? [];
  return id === undefined || secret === undefined ? undefined : { id: formDecoded(id), secret: formDecoded(secret) };
}

function formDecoded(text: string): string {
  return new URLSearchParams(`text=${text.replaceAll('&', '%26')}`).get('text') ?? '';
}

function oauthError(status: number, error: string): Refusal {
  return new Refusal({ status, body: { error }, headers: status === 401 ? { 'www-authenticate': 'Basic realm="tms"' } : {} }, error);
}
