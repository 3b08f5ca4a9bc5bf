import { lifeHeader, lifeIn, type EdgeLife } from '../engine/edge/edge-life.ts';
import type { EdgeRegister } from '../engine/edges/edge-register.ts';
import { edgeOf } from '../engine/log/event-signature.ts';
import type { Principal } from '../engine/policy/key-ring.ts';
import { Fault } from '../kernel/errors.ts';
import { header, type RawCall } from './route.ts';

/** The name of the key that every edge of a hub can have. */
const anyEdge = 'edge';

/** Who has a key or certificate of its own speaks as no other edge, and takes no other's commands. Raises NOT_ALLOWED. */
export function holdToItself({ name }: Principal, edge: string): void {
  if (name === anyEdge || name === edge) return;
  const next = `Start the edge with --name ${name}, or give it the certificate or key of "${edge}".`;
  throw new Fault('NOT_ALLOWED', `The certificate or key is that of "${name}", and it is used as "${edge}". ${next}`, { edge, principal: name });
}

/** Who an edge says that it is, in a request that is about this name. Raises INPUT_INVALID. */
export function lifeOf(call: Pick<RawCall, 'headers'>, edge: string): EdgeLife | undefined {
  const told = speakerOf(call);
  if (told && told.edge !== edge) throw new Fault('INPUT_INVALID', `The header ${lifeHeader} is of the edge "${told.edge}", and the request of "${edge}".`, { edge });
  return told?.life;
}

function speakerOf(call: Pick<RawCall, 'headers'>): ReturnType<typeof lifeIn> {
  const text = header(call, lifeHeader);
  if (text === undefined) return undefined;
  const told = lifeIn(text);
  if (!told) throw new Fault('INPUT_INVALID', `The header ${lifeHeader} is no edge's.`);
  return told;
}

/** An edge sends events of its own only: `/edge/NAME/…` is what this NAME says, and one edge has a name. Raises NOT_ALLOWED, EDGE_NAME_TAKEN and INPUT_INVALID. */
export async function admitSender(register: EdgeRegister, call: Pick<RawCall, 'headers' | 'principal'>, events: readonly unknown[]): Promise<void> {
  const { principal } = call;
  if (principal.role !== 'edge') return;
  const sources = new Set(events.flatMap((event) => edgeOf(event) ?? []));
  const told = speakerOf(call);
  for (const edge of [...sources, ...(told ? [told.edge] : [])]) holdToItself(principal, edge);
  // Events that wait in a store whose edge was given another name are of the one before.
  if (told) await register.admit(told.edge, told.life);
  else for (const edge of sources) await register.admit(edge, undefined);
}
