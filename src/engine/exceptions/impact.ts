import { decimal, decimalSum, decimalText } from '../../kernel/decimal.ts';
import { numberText } from '../../kernel/number-text.ts';
import type { Measure, OrderImpact } from '../../model/impact.ts';

/** What a case touches, as far as the landscape declares it. Each order counts once, with what was said of it last. */
export interface Impact {
  readonly orders: readonly OrderImpact[];
  /** More orders than are listed: what is summed up is a lower bound. */
  readonly ordersMore: boolean;
}

/** Orders that one case lists. */
const ordersMax = 50;
/** Orders that one line names. */
const namedMax = 10;

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

/** The sums of an impact. */
export interface ImpactSums {
  readonly orders: readonly string[];
  readonly ordersMore: boolean;
  readonly quantity: readonly Measure[];
  readonly value: readonly Measure[];
}

export function sumsOf(impact: Impact): ImpactSums {
  return { orders: impact.orders.map(({ order }) => order), ordersMore: impact.ordersMore, quantity: totals(impact, 'quantity'), value: totals(impact, 'value') };
}

/** In one line for people, e.g. `PO-4711, SO-9002; 11,941 packs; 41,774.19 EUR`; undefined where no order is touched. */
export function impactText({ orders, ordersMore, quantity, value }: ImpactSums): string | undefined {
  if (orders.length === 0) return undefined;
  const names = orders.slice(0, namedMax).join(', ');
  const more = orders.length > namedMax || ordersMore ? ` and ${ordersMore ? 'more' : orders.length - namedMax}` : '';
  const sums = [...quantity, ...value].map(({ amount, unit }) => `${ordersMore ? 'at least ' : ''}${numberText(amount)} ${countedText(unit, amount)}`);
  return [names + more, ...sums].join('; ');
}

/** UCUM puts what is counted in braces. */
function countedText(unit: string, amount: string): string {
  const counted = /^\{(\w+)\}$/.exec(unit)?.[1];
  return counted === undefined ? unit : amount === '1' ? counted : `${counted}s`;
}
