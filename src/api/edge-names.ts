import { Type } from 'typebox';
import type { EdgeRegister, EdgeStanding } from '../engine/edges/edge-register.ts';
import type { SignatureBook } from '../engine/log/signature-book.ts';
import { instant } from '../engine/stories/recorded-json.ts';
import { schema } from '../kernel/schema.ts';
import { ok, route, type Route } from './route.ts';

/** Whose a name is, and who else wanted it within a day. Times are RFC 3339, UTC. */
export interface EdgeNameView {
  readonly edge: string;
  readonly holder?: { readonly identity: string; readonly since: string; readonly heard?: string | undefined } | undefined;
  readonly refused: readonly { readonly identity: string; readonly starts: number; readonly first: string; readonly last: string }[];
}

const acceptance = schema(
  Type.Object({ identity: Type.String({ minLength: 8, maxLength: 64 }), note: Type.String({ minLength: 1, maxLength: 2_000 }) }, { additionalProperties: false }),
);
const nobody = schema(Type.Object({}, { additionalProperties: false }));

/** One edge at a time speaks in a name, and signs with the key of its own store. */
export function edgeNameRoutes(register: EdgeRegister, signatures: Pick<SignatureBook, 'forgetWith'>): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/edges/:edge/name',
      group: 'trends',
      summary: 'Whose the name of an edge is, by the identity of its store, and who else wanted it within a day and was refused, by any hub of the log.',
      right: 'read',
      query: nobody,
      serve: async ({ params }) => ok(viewOf(await register.standing(edgeIn(params)))),
    }),
    route({
      method: 'POST',
      path: '/api/edges/:edge/name',
      group: 'trends',
      summary:
        'Gives the name of an edge to one that was refused, by its identity or the beginning of it; the one before is refused from then on, and the next key that signs in the name is its own.',
      right: 'act',
      body: acceptance,
      async serve({ params, principal, body }) {
        const edge = edgeIn(params);
        const by = principal.name;
        const note = `the name is that of ${body.identity}: ${body.note}`;
        // In one commit: whoever has the name and may not sign in it would be refused for good.
        return ok(viewOf(await signatures.forgetWith(edge, { by, note }, async (change) => register.accept(edge, { ...body, by, more: [change] }))));
      },
    }),
    route({
      method: 'GET',
      path: '/api/edge-names',
      group: 'trends',
      summary: 'The names that more than one edge wants: whose each is, and who was refused within a day, by any hub of the log.',
      right: 'read',
      query: nobody,
      serve: async () => ok((await register.contested()).map(viewOf)),
    }),
  ];
}

function edgeIn(params: Readonly<Record<string, string>>): string {
  return params['edge'] ?? '';
}

function viewOf({ edge, holder, heardMs, rivals }: EdgeStanding): EdgeNameView {
  return {
    edge,
    ...(holder && { holder: { identity: holder.identity, since: instant(holder.atMs), ...(heardMs !== undefined && { heard: instant(heardMs) }) } }),
    refused: rivals.map(({ identity, starts, firstMs, lastMs }) => ({ identity, starts, first: instant(firstMs), last: instant(lastMs) })),
  };
}
