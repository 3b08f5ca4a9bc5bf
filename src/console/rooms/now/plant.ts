// The plant as the map shows it: edges with their lines, lines with the machines worth showing, drawn from the landscape's graph alone.
import type { AssetNode, LandscapeView, RuleNode, SignalNode } from '../../../api/landscape.ts';

export type Graph = Pick<LandscapeView, 'nodes'>;
/** Which edge sends a signal, and what was said last of what it should be. */
export interface Heard {
  readonly signal: string;
  readonly edge: string;
  readonly target?: number | undefined;
}
/** A rule at an edge that sees something wrong right now. */
export interface OpenRule {
  readonly rule: string;
  readonly sinceMs: number | undefined;
}

export interface MachineSpot {
  readonly name: string;
  readonly title: string;
  /** The signal that tells how fast it makes things; where there is none, what else it measures. */
  readonly signal: string | undefined;
  readonly unit: string;
  /** The signal that tells its state, where there is one. */
  readonly state: string | undefined;
  readonly target: number | undefined;
  /** What a rule says about it, while it says so: `slow`, or e.g. `temperature is high`. */
  readonly wrong: string | undefined;
  /** The rule's title. */
  readonly rule: string | undefined;
  readonly wrongSinceMs: number | undefined;
}
export interface LineSpot {
  readonly name: string;
  readonly title: string;
  /** Where it stands, e.g. `Bremen · Packaging`. */
  readonly path: string;
  /** Those that are shown, what is wrong first. */
  readonly machines: readonly MachineSpot[];
  /** Machines that are not shown. */
  readonly more: number;
  readonly slow: boolean;
}
export interface EdgeSpot {
  /** Undefined while no edge was heard. */
  readonly name: string | undefined;
  readonly lines: readonly LineSpot[];
  readonly moreLines: number;
}
export interface Plant {
  readonly edges: readonly EdgeSpot[];
  /** Edges that are not shown. */
  readonly moreEdges: number;
  /** The line of each machine, by their names. */
  readonly lineOf: ReadonlyMap<string, string>;
  readonly lines: number;
  readonly linesAtTarget: number;
  /** Machines of which a rule says something, longest first. */
  readonly wrong: readonly MachineSpot[];
}

/** Of the whole map: machine rows, lines, edges. */
const rowsMax = 9;
const linesMax = 6;
const edgesMax = 4;
/** With more, a line shows of its machines only what is wrong. */
const wholeLinesMax = 3;

export function plantOf(graph: Graph, heard: readonly Heard[], edges: readonly string[], rules: readonly OpenRule[]): Plant {
  const read = readGraph(graph);
  const heardOf = new Map(heard.map((one) => [one.signal, one]));
  const open = new Map(rules.map((one) => [one.rule, one]));
  const byLine = new Map<string, Machine[]>();
  for (const [asset, signals] of read.signals) {
    const line = signals[0]?.line ?? read.assets.get(asset)?.parent ?? asset;
    put(byLine, line, { spot: machineOf(read, asset, signals, heardOf, open), edge: edgeOf(signals, heardOf) });
  }
  const lines = [...byLine].map(([line, machines]) => ({ line, machines, slow: machines.some(({ spot }) => spot.wrong !== undefined) }));
  const whole = lines.length <= wholeLinesMax;
  const groups = new Map<string | undefined, LineSpot[]>(edges.map((edge) => [edge, []]));
  // An edge is known by what it sends; before it did, the only one has them all.
  const only = edges.length === 1 ? edges[0] : undefined;
  for (const { line, machines, slow } of lines) {
    const edge = machines.find((one) => one.edge !== undefined)?.edge ?? only;
    put(groups, edge, lineOf(read, line, machines, slow, whole ? Math.floor(rowsMax / lines.length) : 1, whole));
  }
  const linesOfEdge = Math.max(1, Math.floor(linesMax / Math.min(edgesMax, Math.max(1, groups.size))));
  return {
    edges: [...groups].slice(0, edgesMax).map(([name, found]) => edgeSpot(name, found, linesOfEdge)),
    moreEdges: Math.max(0, groups.size - edgesMax),
    lineOf: new Map([...byLine].flatMap(([line, machines]) => machines.map(({ spot }): [string, string] => [spot.name, nameOf(line)]))),
    lines: lines.length,
    linesAtTarget: lines.filter(({ slow }) => !slow).length,
    wrong: lines
      .flatMap(({ machines }) => machines.map(({ spot }) => spot))
      .filter(({ wrong }) => wrong !== undefined)
      .sort((a, b) => (a.wrongSinceMs ?? 0) - (b.wrongSinceMs ?? 0)),
  };
}

interface Machine {
  readonly spot: MachineSpot;
  readonly edge: string | undefined;
}

interface ReadGraph {
  readonly assets: ReadonlyMap<string, AssetNode>;
  /** The signals of each asset that has some, by its id, as declared. */
  readonly signals: ReadonlyMap<string, readonly SignalNode[]>;
  /** The rules about an asset, by its id. */
  readonly rules: ReadonlyMap<string, readonly RuleNode[]>;
}

function readGraph({ nodes }: Graph): ReadGraph {
  const assets = new Map<string, AssetNode>();
  const signals = new Map<string, SignalNode[]>();
  const rules = new Map<string, RuleNode[]>();
  for (const node of nodes) {
    if (node.kind === 'asset') assets.set(node.id, node);
    if (node.kind === 'signal') put(signals, node.asset, node);
    if (node.kind === 'rule') put(rules, node.asset, node);
  }
  return { assets, signals, rules };
}

function machineOf(read: ReadGraph, asset: string, signals: readonly SignalNode[], heardOf: ReadonlyMap<string, Heard>, open: ReadonlyMap<string, OpenRule>): MachineSpot {
  const rules = read.rules.get(asset) ?? [];
  const shown = shownOf(signals, rules);
  const said = rules.find(({ name }) => open.has(name));
  return {
    name: nameOf(asset),
    title: read.assets.get(asset)?.title ?? nameOf(asset),
    signal: shown?.name,
    unit: shown?.unit ?? '',
    state: signals.find(({ family, type }) => family === 'state' && type === 'text')?.name,
    target: heardOf.get(shown?.name ?? '')?.target,
    wrong: said && wrongWords(said, signals),
    rule: said?.title,
    wrongSinceMs: said && open.get(said.name)?.sinceMs,
  };
}

/** The throughput that a rule watches; else another; else the first number that is measured. */
function shownOf(signals: readonly SignalNode[], rules: readonly RuleNode[]): SignalNode | undefined {
  const numbers = signals.filter(({ type, family }) => type === 'number' && family !== 'context');
  const throughput = numbers.filter(({ family }) => family === 'throughput');
  const watched = new Set(rules.map(({ signal }) => signal));
  return throughput.find(({ id }) => watched.has(id)) ?? throughput[0] ?? numbers[0];
}

function wrongWords({ signal, direction }: RuleNode, signals: readonly SignalNode[]): string {
  const watched = signals.find(({ id }) => id === signal);
  if (watched?.family === 'throughput' && direction === 'below') return 'slow';
  return `${watched?.of ?? 'a value'} is ${direction === 'below' ? 'low' : 'high'}`;
}

function edgeOf(signals: readonly SignalNode[], heardOf: ReadonlyMap<string, Heard>): string | undefined {
  for (const { name } of signals) {
    const heard = heardOf.get(name);
    if (heard) return heard.edge;
  }
  return undefined;
}

function lineOf(read: ReadGraph, line: string, machines: readonly Machine[], slow: boolean, perLine: number, whole: boolean): LineSpot {
  const spots = machines.map(({ spot }) => spot);
  const first = [...spots.filter(({ wrong }) => wrong !== undefined), ...spots.filter(({ wrong }) => whole && wrong === undefined)].slice(0, perLine);
  return {
    name: nameOf(line),
    title: read.assets.get(line)?.title ?? nameOf(line),
    path: pathOf(read, line),
    // As declared, once it is known which: rows keep their place while that can be.
    machines: spots.filter((spot) => first.includes(spot)),
    more: spots.length - first.length,
    slow,
  };
}

function edgeSpot(name: string | undefined, lines: readonly LineSpot[], linesMost: number): EdgeSpot {
  const shown = [...lines.filter(({ slow }) => slow), ...lines.filter(({ slow }) => !slow)].slice(0, linesMost);
  return { name, lines: lines.filter((line) => shown.includes(line)), moreLines: lines.length - shown.length };
}

/** What is above the line, without the company that has it all. */
function pathOf({ assets }: ReadGraph, line: string): string {
  const above: string[] = [];
  for (let at = assets.get(line)?.parent; at !== undefined && above.length < 8; at = assets.get(at)?.parent) above.unshift(assets.get(at)?.title ?? nameOf(at));
  return above.slice(above.length > 1 ? 1 : 0).join(' · ');
}

function put<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const all = map.get(key);
  if (all) all.push(value);
  else map.set(key, [value]);
}

function nameOf(id: string): string {
  return id.slice(id.indexOf(':') + 1);
}
