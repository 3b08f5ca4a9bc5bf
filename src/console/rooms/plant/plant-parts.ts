// The sites of the landscape with their lines and machines, and which edge hears what.
import type { AssetNode, LandscapeView, RuleNode, SignalNode } from '../../../api/landscape.ts';

export interface PlantMachine {
  readonly name: string;
  readonly title: string;
  readonly rate: SignalNode | undefined;
  /** What its rate should be, and what state it is in: names of signals. */
  readonly target: string | undefined;
  readonly state: string | undefined;
  readonly rules: readonly RuleNode[];
  readonly signals: number;
}

export interface PlantLine {
  readonly name: string;
  readonly title: string;
  /** The area that it belongs to. */
  readonly area: string;
  readonly machines: readonly PlantMachine[];
  /** The sources that its signals come from: names. */
  readonly sources: readonly string[];
}

export interface PlantSite {
  readonly name: string;
  readonly title: string;
  readonly lines: readonly PlantLine[];
}

/** Machines that are shown of one line. */
const machinesMax = 50;

/** Every site with its lines, in the order of declaring; lines below no site stand under the asset that is above all. */
export function sitesOf({ nodes, edges }: Pick<LandscapeView, 'nodes' | 'edges'>): readonly PlantSite[] {
  const assets = nodes.filter((node) => node.kind === 'asset');
  const signals = nodes.filter((node) => node.kind === 'signal');
  const rules = nodes.filter((node) => node.kind === 'rule');
  const sourceOf = new Map(edges.filter(({ from }) => from.startsWith('source:')).map(({ from, to }) => [to, from.replace(/^source:/, '')]));
  const bySite = Map.groupBy(
    assets.filter(({ level }) => level === 'line'),
    (line) => siteOf(line, assets),
  );
  return [...bySite].map(([site, lines]) => ({
    name: site.name,
    title: site.title,
    lines: lines.map((line) => {
      const below = [...assets.filter(({ parent }) => parent === line.id), line];
      const own = signals.filter(({ asset }) => below.some(({ id }) => id === asset));
      return {
        name: line.name,
        title: line.title,
        area: assets.find(({ id, level }) => id === line.parent && level === 'area')?.title ?? '',
        machines: below.flatMap((asset) => machineOf(asset, signals, rules) ?? []).slice(0, machinesMax),
        sources: [...new Set(own.flatMap(({ id }) => sourceOf.get(id) ?? []))],
      };
    }),
  }));
}

function siteOf(line: AssetNode, assets: readonly AssetNode[]): AssetNode {
  let at = line;
  while (at.level !== 'site') {
    const above = assets.find(({ id }) => id === at.parent);
    if (!above || above.level === 'enterprise') return at.level === 'line' ? (above ?? at) : at;
    at = above;
  }
  return at;
}

function machineOf({ id, name, title }: AssetNode, signals: readonly SignalNode[], rules: readonly RuleNode[]): PlantMachine | undefined {
  const own = signals.filter(({ asset }) => asset === id);
  if (own.length === 0) return undefined;
  const rate = own.find(({ family, type }) => family === 'throughput' && type === 'number');
  return {
    name,
    title,
    rate,
    target: own.find(({ of }) => of === 'target')?.name,
    state: own.find(({ family, type }) => family === 'state' && type === 'text')?.name,
    rules: rules.filter(({ asset }) => asset === id),
    signals: own.length,
  };
}
