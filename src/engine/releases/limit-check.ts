import { Fault } from '../../kernel/errors.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { LimitValues } from '../../model/limit.ts';
import { requireHysteresis } from '../check/rule-check.ts';
import { fits, shown } from './limit-file.ts';

/**
 * The limits that count: those of the landscape's file, and over them those of an environment, which are held to what the landscape
 * declares, by name and kind, and with which each rule clears where it does not fire. Raises ENVIRONMENT_INVALID.
 */
export function limitsOf(landscape: Landscape, values: LimitValues = {}): LimitValues {
  const declared = landscape.of('limit');
  for (const [name, value] of Object.entries(values)) {
    const limit = declared.get(name);
    if (!limit)
      throw new Fault(
        'ENVIRONMENT_INVALID',
        `The environment sets the limit "${name}", which the landscape does not declare. Declared: ${[...declared.keys()].sort().join(', ') || 'none'}.`,
        { name },
      );
    if (!fits(limit, value))
      throw new Fault(
        'ENVIRONMENT_INVALID',
        `The environment sets the limit "${name}" to ${shown(value)}; it must be ${typeof limit.value === 'number' ? 'a number' : 'a duration such as "5m"'}.`,
        { name, value },
      );
  }
  const limits = { ...landscape.limits, ...values };
  if (Object.keys(values).length > 0) for (const rule of landscape.of('rule').values()) requireHysteresis(rule, limits, 'ENVIRONMENT_INVALID');
  return limits;
}
