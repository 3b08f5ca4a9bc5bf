import { Type } from 'typebox';
import { schema } from '../kernel/schema.ts';
import type { SignedRelease } from '../engine/releases/release-signature.ts';
import { name } from './field.ts';
import { ok, route, type Route } from './route.ts';

/** What a hub offers to its edges. */
export interface ReleaseOffer {
  /** The public key of what it signs, PEM. */
  readonly publicKey: string;
  /** The hub's own release; undefined where its files are not kept. */
  current(): Promise<SignedRelease | undefined>;
  /** The name of the hub's own release. */
  readonly release: string;
}

const heldQuery = schema(Type.Object({ have: Type.Optional(name) }, { additionalProperties: false }));

/** Where edges get their landscape from, signed. */
export function edgeReleaseRoutes(offer: ReleaseOffer): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/edge-release',
      group: 'trends',
      summary: "The hub's release for its edges: its name, and its files with a signature where it is another one than `have`.",
      right: 'take-release',
      query: heldQuery,
      async serve({ query: { have } }) {
        const isNews = have !== offer.release;
        return ok((isNews ? await offer.current() : undefined) ?? { release: offer.release });
      },
    }),
    route({
      method: 'GET',
      path: '/api/edge-release/key',
      group: 'trends',
      summary: 'The public key of what the hub signs, for an edge that is being enrolled.',
      right: 'take-release',
      serve: async () => ok({ publicKey: offer.publicKey }),
    }),
  ];
}
