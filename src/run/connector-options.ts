import { Fault } from '../kernel/errors.ts';
import type { Schema } from '../kernel/schema.ts';

/** What an environment says of a source or output, sure to fit its connector. Raises ENVIRONMENT_INVALID. */
export function fittingOptions<Options>(shape: Schema<Options>, given: unknown, { kind, name }: { readonly kind: 'source' | 'output'; readonly name: string }): Options {
  if (shape.check(given)) return given;
  if (given === undefined) throw new Fault('ENVIRONMENT_INVALID', `The environment says nothing of the options of the ${kind} "${name}" (${kind}s.${name}).`, { [kind]: name });
  const difference = shape.difference(given);
  throw new Fault('ENVIRONMENT_INVALID', `The options of the ${kind} "${name}" are not valid at ${difference?.path}: ${difference?.reason}.`, { [kind]: name, ...difference });
}
