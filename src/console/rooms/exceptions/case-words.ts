// What a case says of itself above its evidence.
import type { ExceptionView } from '../../../api/exceptions.ts';
import { fieldIn } from './facts.ts';
import { countWords, moneyWords, numberWords, quantityWords } from '../../words/number.ts';

/** Who brought a case to where it stands; undefined for one that is open. What the hub did with it since, as passing it on, is not that. */
export function takenBy({ status, history }: Pick<ExceptionView, 'status' | 'history'>): string | undefined {
  if (status === 'open') return undefined;
  const entry = status === 'resolved' ? history.at(-1) : history.findLast(({ action }) => action === 'acknowledge');
  return entry?.by.replace(/^lineshaft$/, 'Lineshaft');
}

const namedMax = 10;

/** The orders that a case touches, how much of what, and for how much money; empty where it touches none. */
export function affectedWords({ impact: { orders, ordersMore, quantity, value } }: Pick<ExceptionView, 'impact'>): string {
  if (orders.length === 0) return '';
  const more = orders.length > namedMax || ordersMore ? ` and ${ordersMore ? 'more' : numberWords(orders.length - namedMax)}` : '';
  const least = ordersMore ? 'at least ' : '';
  const sums = [...quantity.map(({ amount, unit }) => quantityWords(Number(amount), unit)), ...value.map(({ amount, currency }) => moneyWords(Number(amount), currency))];
  return [orders.slice(0, namedMax).join(', ') + more, ...sums.map((each) => least + each)].join('; ');
}

/** Where the messages are that a case is about: one by itself, several as a list; undefined for every other case. */
export function messagesPath({ type, context, count }: Pick<ExceptionView, 'type' | 'context' | 'count'>): string | undefined {
  if (type !== 'event-quarantined' && type !== 'event-unknown') return undefined;
  const [message, contract] = [fieldIn(context, 'message'), fieldIn(context, 'type')];
  if (typeof message !== 'string') return undefined;
  if (count === 1) return `/exceptions/quarantine/${encodeURIComponent(message)}`;
  return `/exceptions/quarantine${typeof contract === 'string' && type === 'event-quarantined' ? `?contract=${encodeURIComponent(contract)}` : ''}`;
}

/** How often its cause struck; empty for once. */
export function timesWords({ count }: Pick<ExceptionView, 'count'>): string {
  return count > 1 ? countWords(count, 'time') : '';
}
