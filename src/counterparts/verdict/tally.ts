// What is wrong in a verdict, counted as a fault matrix asks: lost, twice, in the wrong order, or owned by nobody.
import type { Row } from './row.ts';

export interface Tally {
  readonly lost: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
  /** Paths that ended in no success and that nobody was told of. */
  readonly unowned: number;
}

/**
 * How the facts of a row are counted where they are wrong. `list`: what is missing is lost, what is too much is doubled, the same in
 * another order is out of order. `count`: the same of a number. `told`: a number of people told, too few of which leave something without
 * an owner. `order`, `extra`, `content`, `owner`: one thing out of order, each thing listed doubled, one lost, one unowned.
 */
type Kind = 'list' | 'count' | 'told' | 'order' | 'extra' | 'content' | 'owner';

const kinds: readonly (readonly [id: RegExp, kind: Kind])[] = [
  [/^(wms\.receipts|tms\.windows|cmms\.(requests|notes)|erp\.release|mes\.dispatches)$/, 'list'],
  [/^(erp\.revisions|supplier\.needs)$/, 'count'],
  [/^mailbox\.(alerts|parked)$/, 'told'],
  [/^(wms|tms)\.revisions$/, 'order'],
  [/^(erp\.went-on|tms\.drained|tms\.outage|link\.cut)$/, 'order'],
  [/\.nothing-else$|^all\.(writers|iot|once|trace)$|^mailbox\.(others|repeats)$|^plant\.neighbours$|^supplier\.answers$/, 'extra'],
  [/^erp\.(first-end|first-before|second-end|restored|stock)$|^supplier\.(need|quantity|restored)\.|^mailbox\.(context|state|availability)$|^all\.(named|weighed)$/, 'content'],
  [/^(play\.went-on|process\.killed)$/, 'content'],
  [/^hub\.lost\./, 'content'],
  [/^hub\.twice\./, 'extra'],
  [/^hub\.owned/, 'owner'],
  // Counted by nobody: a run in another world than it should is no run.
  [/^world\.same$/, 'content'],
];

/** Counts what is wrong; every wrong row counts for something. Raises an error on a row that it does not know. */
export function tallyOf(rows: readonly Row[]): Tally {
  return rows
    .filter(({ ok }) => !ok)
    .map(tallyOfRow)
    .reduce(plus, nothing);
}

const nothing: Tally = { lost: 0, duplicated: 0, outOfOrder: 0, unowned: 0 };

function plus(a: Tally, b: Tally): Tally {
  return { lost: a.lost + b.lost, duplicated: a.duplicated + b.duplicated, outOfOrder: a.outOfOrder + b.outOfOrder, unowned: a.unowned + b.unowned };
}

export function isClean({ lost, duplicated, outOfOrder, unowned }: Tally): boolean {
  return lost + duplicated + outOfOrder + unowned === 0;
}

function tallyOfRow({ id, expected, found }: Row): Tally {
  const kind = kindOf(id);
  switch (kind) {
    case 'list': {
      const [wanted, there] = [itemsOf(expected), itemsOf(found)];
      const [lost, duplicated] = [missingIn(wanted, there), missingIn(there, wanted)];
      return lost + duplicated === 0 ? { ...nothing, outOfOrder: 1 } : { ...nothing, lost, duplicated };
    }
    case 'count':
    case 'told': {
      const less = Math.max(0, Number(expected) - Number(found));
      const tooMuch = Math.max(0, Number(found) - Number(expected));
      return kind === 'told' ? { ...nothing, unowned: less, duplicated: tooMuch } : { ...nothing, lost: less, duplicated: tooMuch };
    }
    case 'order':
      return { ...nothing, outOfOrder: 1 };
    case 'extra':
      return { ...nothing, duplicated: Math.max(1, itemsOf(found).length) };
    case 'content':
      return { ...nothing, lost: 1 };
    case 'owner':
      return { ...nothing, unowned: Math.max(1, itemsOf(found).length) };
  }
}

function kindOf(id: string): Kind {
  const found = kinds.find(([pattern]) => pattern.test(id));
  if (!found) throw new Error(`the tally does not know the row ${id}`);
  return found[1];
}

/** As `listed` writes them. */
function itemsOf(text: string): readonly string[] {
  return text === 'none' ? [] : text.split(', ');
}

/** How many of `these` the others lack, each counted as often as it is there. */
function missingIn(these: readonly string[], others: readonly string[]): number {
  const rest = [...others];
  return these.filter((one) => {
    const index = rest.indexOf(one);
    if (index !== -1) rest.splice(index, 1);
    return index === -1;
  }).length;
}
