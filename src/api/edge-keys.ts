import { Type } from 'typebox';
import type { SignatureBook } from '../engine/log/signature-book.ts';
import { schema } from '../kernel/schema.ts';
import { ok, route, type Route } from './route.ts';

export type { EdgeKeyView } from '../engine/log/signature-book.ts';

const note = Type.String({ minLength: 1, maxLength: 2_000 });
const acceptance = schema(Type.Object({ fingerprint: Type.String({ minLength: 8, maxLength: 64 }), note }, { additionalProperties: false }));
const forgetting = schema(Type.Object({ note }, { additionalProperties: false }));

/** By what key an edge signs its events. */
export function edgeKeyRoutes(signatures: SignatureBook): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/edges/:edge/signing-key',
      group: 'events',
      summary: 'The fingerprint of the key that an edge signs its events with, and of those that were refused since the hub began.',
      right: 'read',
      serve: async ({ params }) => ok(await signatures.view(params['edge'] ?? '')),
    }),
    route({
      method: 'POST',
      path: '/api/edges/:edge/signing-key',
      group: 'events',
      summary: 'Makes a key that was refused the one of the edge, by its fingerprint; the one before is refused from then on.',
      right: 'act',
      body: acceptance,
      serve: async ({ params, principal, body }) => ok(await signatures.accept(params['edge'] ?? '', { ...body, by: principal.name })),
    }),
    route({
      method: 'POST',
      path: '/api/edges/:edge/signing-key/forget',
      group: 'events',
      summary: 'Knows no key of the edge any more: the next one that it shows is taken, and none is asked for where the environment accepts that.',
      right: 'act',
      body: forgetting,
      serve: async ({ params, principal, body }) => ok(await signatures.forget(params['edge'] ?? '', { ...body, by: principal.name })),
    }),
  ];
}
