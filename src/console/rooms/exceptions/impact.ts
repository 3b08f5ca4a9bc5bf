// What a case's evidence means for orders, quantities, money and times: key figures first, then the rest in order.
import { codeOf, unitsWithin, type Units } from '../../words/units.ts';
import { factOf, isObject, labelOf, spanOf, type Fact, type Json } from './facts.ts';

/** One of the few numbers that say how bad it is. */
export interface KeyFigure {
  readonly label: string;
  readonly fact: Fact;
  /** What the number counts, e.g. the orders. */
  readonly of: readonly string[];
}

export interface NamedFact {
  readonly name: string;
  readonly label: string;
  readonly fact: Fact;
}

export interface FactTable {
  readonly label: string;
  readonly columns: readonly { readonly name: string; readonly label: string }[];
  /** A row's facts by column name. */
  readonly rows: readonly ReadonlyMap<string, Fact>[];
  /** How many rows there were. */
  readonly count: number;
}

export interface Section {
  /** Empty for what stands on top of the evidence, in no part of it. */
  readonly label: string;
  readonly facts: readonly NamedFact[];
  readonly tables: readonly FactTable[];
}

export interface Impact {
  readonly figures: readonly KeyFigure[];
  readonly sections: readonly Section[];
  readonly suggestions: readonly string[];
}

const figuresMax = 4;
const rowsMax = 20;
const columnsMax = 7;
const depthMax = 4;
/** What is already said elsewhere, or means nothing to who reads. */
const unsaid = /^(?:suggestions|episode|stack|kind|version)$/;
const minor = /samples|tolerance|^position$|^protocol$/i;

interface Found extends KeyFigure {
  readonly rank: number;
}

/** The evidence of a case, readable. `keys` are its business keys, which are shown beside it; `units` are those that its type declares. */
export function impactOf(context: unknown, keys: Readonly<Record<string, string>>, units: Units): Impact {
  const root = isObject(context) ? context : context === undefined || context === null ? {} : { evidence: context };
  const told = root['suggestions'];
  const suggestions = Array.isArray(told) ? told.filter((each) => typeof each === 'string') : [];
  const found = figuresIn(root, units, 0)
    .toSorted((a, b) => b.rank - a.rank)
    .filter(({ label }, index, all) => all.findIndex((other) => other.label === label) === index);
  return { figures: found.slice(0, figuresMax).map(({ label, fact, of }) => ({ label, fact, of })), sections: sectionsOf(root, keys, units), suggestions };
}

/** How much a number matters to who must decide: money first, then what is missing, then how late. 0 is no key figure. */
function rankOf(name: string, fact: Fact): number {
  if (minor.test(name) || /(?:Low|High|From|To)(?:[A-Z][a-z]+)?$/.test(name)) return 0;
  if (fact.kind === 'money') return /risk|loss|penalty/i.test(name) ? 150 : 110;
  if (fact.kind === 'duration') return /shift|delay|late/i.test(name) ? 88 : 0;
  if (fact.kind !== 'quantity') return 0;
  if (/short|lack|missing/i.test(name)) return 95;
  if (/risk/i.test(name)) return 80;
  if (/waiting|backlog/i.test(name)) return 70;
  return 0;
}

function figuresIn(object: Json, units: Units, depth: number): Found[] {
  if (depth >= depthMax) return [];
  return Object.entries(object).flatMap(([name, value]): Found[] => {
    if (unsaid.test(name)) return [];
    if (Array.isArray(value)) return listFigure(name, value);
    if (isObject(value)) return figuresIn(value, unitsWithin(units, name), depth + 1);
    const fact = factOf(name, value, codeOf(units, name));
    const rank = fact ? rankOf(name, fact) : 0;
    return fact && rank > 0 ? [{ label: labelOf(name), fact, of: [], rank: rank - depth }] : [];
  });
}

/** A list of what is affected counts too: `2 customer orders`. */
function listFigure(name: string, list: readonly unknown[]): Found[] {
  const objects = list.filter(isObject);
  const first = objects[0] && Object.keys(objects[0])[0];
  if (first === undefined || objects.length !== list.length || !/short|affected|late|missing/i.test(name)) return [];
  const of = objects.flatMap((each) => (typeof each[first] === 'string' ? [each[first]] : []));
  const subject = labelOf(first);
  return [{ label: `${subject}${list.length === 1 ? '' : 's'}`, fact: { kind: 'quantity', value: list.length, unit: '' }, of, rank: 92 }];
}

function sectionsOf(root: Json, keys: Readonly<Record<string, string>>, units: Units): readonly Section[] {
  const top: Record<string, unknown> = {};
  const sections: { readonly section: Section; readonly rank: number }[] = [];
  for (const [name, value] of Object.entries(root)) {
    if (isObject(value) && !spanOf(value)) {
      const rank = Math.max(0, ...figuresIn({ [name]: value }, units, 0).map((figure) => figure.rank));
      sections.push({ section: sectionOf(labelOf(name), value, keys, unitsWithin(units, name)), rank });
    } else top[name] = value;
  }
  const { facts: topFacts, tables: topTables } = sectionOf('', top, keys, units);
  const parts = sections.toSorted((a, b) => b.rank - a.rank).map(({ section }) => section);
  return [{ label: '', facts: topFacts, tables: [] }, ...parts, { label: '', facts: [], tables: topTables }].filter(({ facts, tables }) => facts.length > 0 || tables.length > 0);
}

function sectionOf(label: string, object: Json, keys: Readonly<Record<string, string>>, units: Units): Section {
  const facts: NamedFact[] = [];
  const tables: FactTable[] = [];
  const walk = (each: Json, before: string, depth: number, of: Units): void => {
    for (const { name, value, fact: known } of entriesOf(each, of)) {
      const path = before === '' ? labelOf(name) : `${before}: ${labelOf(name).toLowerCase()}`;
      if (unsaid.test(name) || (typeof value === 'string' && keys[name] === value)) continue;
      const fact = known ?? factOf(name, value, codeOf(of, name));
      if (fact) facts.push({ name, label: path, fact });
      else if (Array.isArray(value) && value.some(isObject)) tables.push(tableOf(path, value.filter(isObject), unitsWithin(of, name)));
      else if (isObject(value) && depth < depthMax) walk(value, path, depth + 1, unitsWithin(of, name));
    }
  };
  walk(object, '', 0, units);
  return { label, facts, tables };
}

interface Entry {
  readonly name: string;
  readonly value: unknown;
  /** Known already, as it was put together of several fields. */
  readonly fact?: Fact | undefined;
}

/** `windowFrom` and `windowTo` are one stretch of time, `shiftLowMinutes` and `shiftHighMinutes` the bounds of `shiftMinutes`. */
function entriesOf(object: Json, units: Units): readonly Entry[] {
  const taken = new Set<string>();
  const put = new Map<string, Fact>();
  for (const name of Object.keys(object)) {
    const stem = /^(.+)From$/.exec(name)?.[1];
    const span = stem === undefined ? undefined : spanOf({ from: object[name], to: object[`${stem}To`] });
    if (stem !== undefined && span) {
      taken.add(`${stem}To`);
      put.set(name, span);
    }
    const [, before, after = ''] = /^(.+)Low([A-Z][a-z]+)?$/.exec(name) ?? [];
    const bounds = before === undefined ? undefined : boundsOf(object, units, `${before}${after}`, name, `${before}High${after}`);
    if (before === undefined || !bounds) continue;
    taken.add(name).add(`${before}High${after}`);
    put.set(`${before}${after}`, bounds);
  }
  return Object.entries(object)
    .filter(([name]) => !taken.has(name))
    .map(([name, value]) => ({ name: put.get(name)?.kind === 'span' ? name.replace(/From$/, '') : name, value, fact: put.get(name) }));
}

function boundsOf(object: Json, units: Units, middle: string, low: string, high: string): Fact | undefined {
  const [value, least, most] = [middle, low, high].map((name) => factOf(name, object[name], codeOf(units, name)));
  return value?.kind === 'duration' && least?.kind === 'duration' && most?.kind === 'duration' ? { ...value, lowMs: least.ms, highMs: most.ms } : undefined;
}

function tableOf(label: string, list: readonly Json[], units: Units): FactTable {
  const rows = list.slice(0, rowsMax).map((object) => rowOf(object, units));
  const names = [...new Set(rows.flatMap((row) => [...row.keys()]))].slice(0, columnsMax);
  return { label, columns: names.map((name) => ({ name, label: labelOf(name) })), rows, count: list.length };
}

function rowOf(object: Json, units: Units): ReadonlyMap<string, Fact> {
  const row = new Map<string, Fact>();
  for (const [name, value] of Object.entries(object)) {
    const fact = factOf(name, value, codeOf(units, name)) ?? (value !== null && typeof value === 'object' ? { kind: 'text' as const, text: JSON.stringify(value) } : undefined);
    if (fact) row.set(name, fact);
  }
  return row;
}
