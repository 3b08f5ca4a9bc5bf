import { isDuration } from '../../kernel/duration.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { LimitValues } from '../../model/limit.ts';

/** Holds an environment's limits to those that the landscape declares, by name and kind. Raises ENVIRONMENT_INVALID. */
export function checkLimits(landscape: Landscape, values: LimitValues): void {
  const declared = landscape.of('limit');
  for (const [name, value] of Object.entries(values)) {
    const limit = declared.get(name);
    if (!limit)
      throw new Fault(
        'ENVIRONMENT_INVALID',
        `The environment sets the limit "${name}", which the landscape does not declare. Declared: ${[...declared.keys()].sort().join(', ') || 'none'}.`,
        { name },
      );
    const fits = typeof limit.value === 'number' ? typeof value === 'number' : typeof value === 'string' && isDuration(value);
    if (!fits)
      throw new Fault(
        'ENVIRONMENT_INVALID',
        `The environment sets the limit "${name}" to ${JSON.stringify(value)}; it must be ${typeof limit.value === 'number' ? 'a number' : 'a duration such as "5m"'}.`,
        { name, value },
      );
  }
}
