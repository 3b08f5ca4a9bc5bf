import { decimal, decimalSum, decimalText } from '../../kernel/decimal.ts';
import type { Measure, OrderImpact } from '../../model/impact.ts';

/** What a case touches, as far as the landscape declares it. Each order counts once, with what was said of it last. */
export interface Impact {
  readonly orders: readonly OrderImpact[];
  /** More orders than are listed: what is summed up is a lower bound. */
  readonly ordersMore: boolean;
}

/** Orders that one case lists. */
const ordersMax = 50;

export const noImpact: Impact = { orders: [], ordersMore: false };

/** An impact with some more orders. */
export function withOrders(before: Impact, next: readonly OrderImpact[]): Impact {
  const known = new Map(before.orders.map((one) => [one.order, one]));
  let more = before.ordersMore;
  for (const one of next) {
    if (known.has(one.order) || known.size < ordersMax) known.set(one.order, { ...known.get(one.order), ...one });
    else more = true;
  }
  return { orders: [...known.values()], ordersMore: more };
}

/** One sum per unit, in the order of first mention. */
export function totals(impact: Impact, of: 'quantity' | 'value'): readonly Measure[] {
  const sums = new Map<string, string>();
  for (const one of impact.orders) {
    const measure = one[of];
    if (measure) sums.set(measure.unit, decimalText(decimalSum(decimal(sums.get(measure.unit) ?? '0'), decimal(measure.amount))));
  }
  return [...sums].map(([unit, amount]) => ({ unit, amount }));
}
