import { devicePrefix } from './address.ts';
import { datatype } from './datatype.ts';
import type { Metric, Uint64 } from './payload.ts';

/** A metric as its birth declared it. */
export interface BornMetric {
  readonly address: string;
  /** What messages call it instead of its name. */
  readonly alias?: Uint64 | undefined;
  readonly datatype: number | undefined;
  /** Its number among the wanted addresses; undefined: nobody asked for it. */
  readonly series: number | undefined;
}

/** The metrics that a node or device was born with, by name and by alias: DATA messages carry the alias alone (§6.4.7). */
export interface MetricTable {
  /** What `metric` of a DATA message is, or in a sentence why that is not known. */
  find(metric: Metric): BornMetric | { readonly reason: string };
  /** Where in the columns below an alias is that is exact as a number; -1 where the birth has none such. */
  rowOf(alias: number): number;
  /** The numbers among the wanted addresses, -1 where nobody asked; and the datatypes, -1 where the birth has none. */
  readonly series: Int32Array;
  readonly types: Int32Array;
  /** What is wrong with the birth itself. */
  readonly faults: readonly { readonly address: string; readonly reason: string }[];
}

export function metricTable(group: string, node: string, device: string, birth: readonly Metric[], wanted: ReadonlyMap<string, number>): MetricTable {
  const prefix = devicePrefix(group, node, device);
  const byName = new Map<string, BornMetric>();
  const byAlias = new Map<Uint64, BornMetric>();
  const faults: { address: string; reason: string }[] = [];
  for (const { name, alias, datatype: type } of birth) {
    if (name === undefined || name === '') {
      faults.push({ address: prefix, reason: `The birth has a metric without a name${alias === undefined ? '' : ` (alias ${alias})`}.` });
      continue;
    }
    const address = prefix + name;
    const born = { address, alias, datatype: type, series: wanted.get(address) };
    byName.set(name, born);
    if (alias === undefined) continue;
    const other = byAlias.get(alias);
    if (other) faults.push({ address: born.address, reason: `The birth gives alias ${alias} also to ${other.address}.` });
    byAlias.set(alias, born);
  }
  return {
    faults,
    ...columnsOf(byAlias),
    find({ name, alias }) {
      const known = (alias === undefined ? undefined : byAlias.get(alias)) ?? (name ? byName.get(name) : undefined);
      if (known) return known;
      if (alias !== undefined) return { reason: `No birth has told what alias ${alias} stands for.` };
      return { reason: name ? `The birth has no metric ${JSON.stringify(name)}.` : 'A metric has neither name nor alias.' };
    },
  };
}

/** Aliases may be this many times as far apart as there are of them, to be found by counting from the first. */
const sparseMax = 8;

/** What a walk over a message needs of the metrics, by columns. */
function columnsOf(byAlias: ReadonlyMap<Uint64, BornMetric>): Pick<MetricTable, 'rowOf' | 'series' | 'types'> {
  const aliases = [...byAlias.keys()].filter((alias) => typeof alias === 'number');
  const first = aliases.reduce((least, alias) => Math.min(least, alias), Infinity);
  const span = aliases.reduce((most, alias) => Math.max(most, alias), -Infinity) - first + 1;
  const isDense = span <= sparseMax * aliases.length;
  const rows = isDense ? Array.from({ length: span }, (_, row) => first + row) : aliases;
  const born = rows.map((alias) => byAlias.get(alias));
  // What is no datatype of a number needs no name of its own.
  const typeOf = (type: number | undefined): number => (type === undefined ? -1 : type < 0x8000_0000 ? type : datatype.Unknown);
  const columns = { series: Int32Array.from(born, (each) => each?.series ?? -1), types: Int32Array.from(born, (each) => typeOf(each?.datatype)) };
  if (!isDense) {
    const places = new Map(aliases.map((alias, row) => [alias, row]));
    return { ...columns, rowOf: (alias) => places.get(alias) ?? -1 };
  }
  const isBorn = Uint8Array.from(born, (each) => (each ? 1 : 0));
  return { ...columns, rowOf: (alias) => (isBorn[alias - first] === 1 ? alias - first : -1) };
}
