// Sentences of the hub, the landscape and other systems, as people in the plant read them.
import { exactWords } from './number.ts';
import { withTimes } from './time.ts';

const money = /\b(\d+)(\.\d+)? ([A-Z]{3})\b/g;

/** The same sentence with instants as `say` says them, and money in groups of digits: `41,774.19 EUR`. */
export function shownText(text: string, say: (ms: number) => string): string {
  return withTimes(text, say).replaceAll(money, (_, whole: string, cents: string | undefined, currency: string) => `${exactWords(Number(whole))}${cents ?? ''} ${currency}`);
}
