import type { Capability, Result } from './capability.ts';
import { definition, partName, type Definition } from './definition.ts';

/** What a capability is taken to answer where no system can be asked: in a backtest, for what never happened. */
export interface StandIn extends Definition<'stand-in'> {
  readonly capability: Capability;
  answer(input: unknown): Result<unknown, unknown>;
}

/**
 * Declares what stands in for the answer of a capability. `answer` is pure; what it gives is checked by the capability's schemas, and told
 * as a stand-in wherever it is used.
 *
 * @example export const someOrders = defineStandIn({ capability: openCustomerOrders, answer: () => accepted({ version: 1, orders: [] }) })
 */
export function defineStandIn<In, Out, Refusal>(spec: {
  readonly capability: Capability<In, Out, Refusal>;
  readonly answer: (input: In) => Result<NoInfer<Out>, NoInfer<Refusal>>;
}): StandIn {
  // The engine gives it inputs of this capability only.
  const { capability, answer } = spec as unknown as Pick<StandIn, 'capability' | 'answer'>;
  return definition('stand-in', { name: partName('stand-in', 'capability', capability), capability, answer });
}
