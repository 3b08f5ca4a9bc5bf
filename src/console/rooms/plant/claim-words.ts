// Who wants to speak as an edge and was refused by the hub.
import type { EdgeKeyView } from '../../../api/edge-keys.ts';
import type { EdgeNameView } from '../../../api/edge-names.ts';

/** One that was refused, and what accepting it asks of the hub. */
export interface Claim {
  /** Its identity, or the fingerprint of its key. */
  readonly id: string;
  readonly what: string;
  /** What it means to accept it. */
  readonly means: string;
  readonly path: string;
  readonly order: Readonly<Record<string, string>>;
  /** When it came last, epoch milliseconds; undefined where the hub does not say. */
  readonly lastMs: number | undefined;
}

/** The name before the key: whoever gets the name is let in with its own key. */
export function claimsOf(edge: string, name: EdgeNameView | undefined, key: EdgeKeyView | undefined): readonly Claim[] {
  const place = `/api/edges/${encodeURIComponent(edge)}`;
  const names = (name?.refused ?? []).map(({ identity, starts, last }) => ({
    id: identity,
    what: `Another edge (${identity.slice(0, 8)}, started ${starts === 1 ? 'once' : `${starts} times`}) wants to be ${edge}, and is refused. It keeps its events.`,
    means: 'Stop the one before first: it is refused from then on.',
    path: `${place}/name`,
    order: { identity },
    lastMs: Date.parse(last),
  }));
  const keys = (key?.refused ?? []).map((fingerprint) => ({
    id: fingerprint,
    what: `Events in the name of ${edge} are signed with another key (${fingerprint}), and are refused. Their sender keeps them.`,
    means: 'Compare it with the key of the edge first: what is signed with the one before is refused from then on.',
    path: `${place}/signing-key`,
    order: { fingerprint },
    lastMs: undefined,
  }));
  return [...names, ...keys];
}
