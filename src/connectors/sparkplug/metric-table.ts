import { devicePrefix } from './address.ts';
import type { Metric, Uint64 } from './payload.ts';

/** A metric as its birth declared it. */
export interface BornMetric {
  readonly address: string;
  readonly datatype: number | undefined;
  /** Its number among the wanted addresses; undefined: nobody asked for it. */
  readonly series: number | undefined;
}

/** The metrics that a node or device was born with, by name and by alias: DATA messages carry the alias alone (§6.4.7). */
export interface MetricTable {
  /** What `metric` of a DATA message is, or in a sentence why that is not known. */
  find(metric: Metric): BornMetric | { readonly reason: string };
  /** The metric of an alias that is exact as a number. */
  ofAlias(alias: number): BornMetric | undefined;
  /** What is wrong with the birth itself. */
  readonly faults: readonly { readonly address: string; readonly reason: string }[];
}

export function metricTable(group: string, node: string, device: string, birth: readonly Metric[], wanted: ReadonlyMap<string, number>): MetricTable {
  const prefix = devicePrefix(group, node, device);
  const byName = new Map<string, BornMetric>();
  const byAlias = new Map<Uint64, BornMetric>();
  const faults: { address: string; reason: string }[] = [];
  for (const { name, alias, datatype } of birth) {
    if (name === undefined || name === '') {
      faults.push({ address: prefix, reason: `The birth has a metric without a name${alias === undefined ? '' : ` (alias ${alias})`}.` });
      continue;
    }
    const address = prefix + name;
    const born = { address, datatype, series: wanted.get(address) };
    byName.set(name, born);
    if (alias === undefined) continue;
    const other = byAlias.get(alias);
    if (other) faults.push({ address: born.address, reason: `The birth gives alias ${alias} also to ${other.address}.` });
    byAlias.set(alias, born);
  }
  return {
    faults,
    ofAlias: (alias) => byAlias.get(alias),
    find({ name, alias }) {
      const known = (alias === undefined ? undefined : byAlias.get(alias)) ?? (name ? byName.get(name) : undefined);
      if (known) return known;
      if (alias !== undefined) return { reason: `No birth has told what alias ${alias} stands for.` };
      return { reason: name ? `The birth has no metric ${JSON.stringify(name)}.` : 'A metric has neither name nor alias.' };
    },
  };
}
