import type { Principal } from '../engine/policy/key-ring.ts';
import { Fault } from '../kernel/errors.ts';

/** The name of the key that every edge of a hub can have. */
const anyEdge = 'edge';

/** Who has a key or certificate of its own speaks as no other edge, and takes no other's commands. Raises NOT_ALLOWED. */
export function holdToItself({ name }: Principal, edge: string): void {
  if (name === anyEdge || name === edge) return;
  const next = `Start the edge with --name ${name}, or give it the certificate or key of "${edge}".`;
  throw new Fault('NOT_ALLOWED', `The certificate or key is that of "${name}", and it is used as "${edge}". ${next}`, { edge, principal: name });
}

/** An edge sends events of its own only: `/edge/NAME/…` is what this NAME says. Raises NOT_ALLOWED. */
export function holdToOwnSources(principal: Principal, events: readonly unknown[]): void {
  if (principal.role !== 'edge') return;
  for (const event of events) {
    const edge = edgeOf(event);
    if (edge !== undefined) holdToItself(principal, edge);
  }
}

/** The edge that an event says it is of. */
function edgeOf(event: unknown): string | undefined {
  if (typeof event !== 'object' || event === null || !('source' in event) || typeof event.source !== 'string') return undefined;
  return /^\/edge\/([^/]*)/.exec(event.source)?.[1];
}
