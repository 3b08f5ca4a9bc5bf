import { isDuration } from '../../kernel/duration.ts';
import type { Binding } from '../../model/binding.ts';
import { isDefinition } from '../../model/definition.ts';
import type { Landscape } from '../../model/landscape.ts';
import { nameOf, refuse, type Finding } from './finding.ts';

const choice =
  'Declare { kind: "idempotency-key" } where the system knows one, { kind: "read-back", settlesWithin, … } where it can be asked, or { kind: "none" }: unknown outcomes park.';

/** A write declares what holds when its answer never comes. */
export function guaranteeFindings(landscape: Landscape): readonly Finding[] {
  return [...landscape.of('binding').values()].filter(({ capability }) => capability.effect === 'action').flatMap(findingsOf);
}

function findingsOf(binding: Binding): readonly Finding[] {
  const { guarantee } = binding;
  const write = `The ${nameOf(binding)} changes ${nameOf(binding.system)}`;
  switch (guarantee?.kind) {
    case 'idempotency-key':
    case 'none':
      return [];
    case 'at-least-once':
      return [refuse(binding, 'guarantee-too-weak', `${write} with the guarantee "at-least-once", which is for notifications.`, choice)];
    case 'read-back':
      return isSpan(guarantee.settlesWithin)
        ? []
        : [
            refuse(
              binding,
              'guarantee-incomplete',
              `${write} with a read-back, but without "settlesWithin".`,
              'State the longest time in which a request that was given up can still be committed, e.g. "45s".',
            ),
          ];
    case undefined:
      return [refuse(binding, 'write-without-guarantee', `${write}, but declares no guarantee.`, choice)];
  }
  // A landscape in JavaScript can hold what the types exclude.
  return [refuse(binding, 'write-without-guarantee', `${write} with a guarantee of an unknown kind.`, choice)];
}

function isSpan(value: unknown): boolean {
  return typeof value === 'string' ? isDuration(value) : isDefinition(value) && value.kind === 'limit';
}
