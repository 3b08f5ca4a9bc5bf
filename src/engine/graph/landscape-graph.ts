import { ancestorAt, declaredZone, type Asset, type AssetLevel, type Signal, type SignalFamily } from '../../model/asset.ts';
import type { Definition } from '../../model/definition.ts';
import type { FieldUnits } from '../../model/field-units.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { LimitValues } from '../../model/limit.ts';
import type { Rule } from '../../model/rule.ts';
import type { System } from '../../model/system.ts';
import { definitionNames } from './definition-names.ts';
import { stepsOf, type FlowOutline } from './flow-outline.ts';
import { flowOutlines } from './flow-outlines.ts';
import { idOf, isTheirs, ownersIn, titleOf, unitsIn } from './graph-node.ts';
import { ruleTerms, type RuleTerms } from './rule-words.ts';
import { sourceFiles } from './source-files.ts';

/** What every node of the landscape has. */
interface NodeBase {
  /** Kind and name, e.g. `flow:packaging-bottleneck`. */
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly owners: readonly string[];
  /** Where it is declared, from the landscape's folder. */
  readonly site: { readonly file: string; readonly line: number };
}

export interface AssetNode extends NodeBase {
  readonly kind: 'asset';
  readonly level: AssetLevel;
  /** The id of the asset that it lies in. */
  readonly parent: string | undefined;
  /** IANA zone, its own or that of the assets above. */
  readonly timeZone: string | undefined;
}

export interface SignalNode extends NodeBase {
  readonly kind: 'signal';
  /** UCUM; `1` for none. */
  readonly unit: string;
  readonly type: 'number' | 'text' | 'boolean';
  readonly family: SignalFamily;
  /** The short name on its asset. */
  readonly of: string;
  /** The ids of its asset, and of the line that this lies in. */
  readonly asset: string;
  readonly line: string | undefined;
}

export interface SystemNode extends NodeBase {
  readonly kind: 'system';
  readonly role: System['role'];
  readonly domains: readonly string[];
}

export interface RuleNode extends NodeBase, RuleTerms {
  readonly kind: 'rule';
  /** The id of the signal that it watches. */
  readonly signal: string;
  readonly asset: string;
  readonly line: string | undefined;
  /** The ids of its context signals, by the names that it has for them. */
  readonly context: Readonly<Record<string, string>>;
  /** The ids of the contracts of its events. */
  readonly emits: string;
  readonly clears: string | undefined;
}

export interface PlainNode extends NodeBase {
  readonly kind: 'owner' | 'source' | 'machine' | 'contract' | 'capability' | 'decision' | 'flow' | 'exception' | 'webhook';
  /** UCUM codes by field: of a contract's event or an exception's evidence, or, below `input` and `output`, of a capability or decision. */
  readonly units?: FieldUnits;
}

export type GraphNode = AssetNode | SignalNode | SystemNode | RuleNode | PlainNode;

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly verb: string;
}

/** The landscape as nodes and edges, read from its definitions and the source of its flows. */
export interface LandscapeGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly flows: ReadonlyMap<string, FlowOutline>;
}

const plainKinds = ['owner', 'source', 'machine', 'contract', 'capability', 'decision', 'flow', 'exception', 'webhook'] as const;

/** Reads the source of the landscape; `limits` are the environment's. */
export async function landscapeGraph(landscape: Landscape, limits: LimitValues): Promise<LandscapeGraph> {
  const theirs = landscape.definitions.filter(isTheirs);
  const root = commonFolder(theirs.map(({ site }) => site.file));
  const base = (definition: Definition): NodeBase => ({
    id: idOf(definition),
    name: definition.name,
    title: titleOf(definition),
    owners: ownersIn(definition).map((owner) => owner.name),
    site: { file: definition.site.file.slice(root.length).replaceAll('\\', '/'), line: definition.site.line },
  });
  const nodes = theirs.flatMap((definition) => nodeOf(landscape, definition, base(definition), limits) ?? []);
  const files = await sourceFiles(theirs, root);
  const flows = flowOutlines({
    landscape,
    flows: [...landscape.of('flow').values()].filter(isTheirs),
    files,
    names: definitionNames(theirs, files),
    root,
    limits,
  });
  const edges = [
    ...declaredEdges(landscape),
    ...[...flows].flatMap(([flow, { nodes: outline }]) => stepsOf(outline).flatMap(({ node, verb }) => (node === undefined ? [] : [{ from: `flow:${flow}`, to: node, verb }]))),
  ];
  const shown = new Set(nodes.map(({ id }) => id));
  const unique = new Map(edges.filter(({ from, to }) => shown.has(from) && shown.has(to)).map((edge) => [`${edge.from} ${edge.verb} ${edge.to}`, edge]));
  return { nodes, edges: [...unique.values()], flows };
}

/** Undefined for what is no node of the graph. */
function nodeOf(landscape: Landscape, definition: Definition, base: NodeBase, limits: LimitValues): GraphNode | undefined {
  const { kind, name } = definition;
  const plain = plainKinds.find((one) => one === kind);
  const units = unitsIn(definition);
  if (plain) return { ...base, kind: plain, ...(units && { units }) };
  switch (kind) {
    case 'asset':
      return assetNode(base, landscape.of('asset').get(name));
    case 'signal':
      return signalNode(base, landscape.of('signal').get(name));
    case 'system':
      return systemNode(base, landscape.of('system').get(name));
    case 'rule':
      return ruleNode(base, landscape.of('rule').get(name), limits);
  }
  return undefined;
}

function assetNode(base: NodeBase, asset: Asset | undefined): AssetNode | undefined {
  return asset && { ...base, kind: 'asset', level: asset.level, parent: asset.within && idOf(asset.within), timeZone: declaredZone(asset) };
}

function signalNode(base: NodeBase, signal: Signal | undefined): SignalNode | undefined {
  if (!signal) return undefined;
  const { unit, type, family, of, asset } = signal;
  return {
    ...base,
    title: titleOf(asset) === asset.name ? base.title : `${titleOf(asset)}: ${of}`,
    kind: 'signal',
    unit,
    type,
    family,
    of,
    asset: idOf(asset),
    line: lineIdOf(asset),
  };
}

function lineIdOf(asset: Asset): string | undefined {
  const line = ancestorAt(asset, 'line');
  return line && idOf(line);
}

function systemNode(base: NodeBase, system: System | undefined): SystemNode | undefined {
  return system && { ...base, kind: 'system', role: system.role, domains: system.owns };
}

function ruleNode(base: NodeBase, rule: Rule | undefined, limits: LimitValues): RuleNode | undefined {
  if (!rule) return undefined;
  const context = Object.fromEntries(Object.entries(rule.with).map(([name, signal]) => [name, idOf(signal)]));
  const clears = rule.clears && idOf(rule.clears);
  return {
    ...base,
    ...ruleTerms(rule, limits),
    kind: 'rule',
    signal: idOf(rule.on),
    asset: idOf(rule.on.asset),
    line: lineIdOf(rule.on.asset),
    context,
    emits: idOf(rule.emit),
    clears,
  };
}

/** Edges that the definitions themselves tell. */
function declaredEdges(landscape: Landscape): readonly GraphEdge[] {
  const edge = (from: Definition, verb: string, to: Definition | undefined): GraphEdge[] => (to ? [{ from: idOf(from), verb, to: idOf(to) }] : []);
  const all = <Item>(items: ReadonlyMap<string, Item>, edges: (item: Item) => readonly GraphEdge[]): readonly GraphEdge[] => [...items.values()].flatMap(edges);
  return [
    ...all(landscape.of('asset'), (asset) => edge(asset, 'within', asset.within)),
    ...all(landscape.of('signal'), (signal) => [...edge(signal, 'on', signal.asset), ...edge(signal.source, 'delivers', signal)]),
    ...all(landscape.of('rule'), (rule) => [
      ...edge(rule.on, 'watched by', rule),
      ...Object.values(rule.with).flatMap((signal) => edge(signal, 'context of', rule)),
      ...edge(rule, 'emits', rule.emit),
      ...edge(rule, 'emits', rule.clears),
    ]),
    ...all(landscape.of('machine'), (machine) => [...edge(machine.on, 'watched by', machine), ...edge(machine, 'emits', machine.emit)]),
    ...all(landscape.of('flow'), (flow) => edge(flow.on, 'starts', flow)),
    ...all(landscape.of('binding'), ({ capability, system }) => edge(capability, 'served by', system)),
    ...all(landscape.of('capability'), (capability) => (capability.carries ? edge(capability, 'carries', capability.carries) : [])),
    ...all(landscape.of('webhook'), (webhook) => [...edge(webhook.system, 'calls', webhook), ...edge(webhook, 'gives', webhook.contract)]),
    ...landscape.definitions.filter(isTheirs).flatMap((definition) => ownersIn(definition).flatMap((owner) => edge(owner, 'owns', definition))),
  ];
}

/** The folder that all files lie in, with its last separator. */
function commonFolder(files: readonly string[]): string {
  const [first = '', ...rest] = files;
  let end = Math.max(first.lastIndexOf('/'), first.lastIndexOf('\\')) + 1;
  for (const file of rest) while (end > 0 && !file.startsWith(first.slice(0, end))) end = Math.max(first.lastIndexOf('/', end - 2), first.lastIndexOf('\\', end - 2)) + 1;
  return first.slice(0, end);
}
