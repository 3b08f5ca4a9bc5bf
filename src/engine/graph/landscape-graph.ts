import type { Definition } from '../../model/definition.ts';
import type { Landscape } from '../../model/landscape.ts';
import { ownersOf, type Ownership } from '../../model/owner.ts';
import { fieldOf } from '../stories/recorded-json.ts';
import { flowSteps, type Verb } from './flow-steps.ts';
import { identifierIndex, resolved, sourceTexts } from './identifier-index.ts';

export interface GraphNode {
  /** Kind and name, e.g. `flow:packaging-bottleneck`. */
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly title: string;
  readonly owners: readonly string[];
  /** Where it is declared, from the landscape's folder. */
  readonly site: { readonly file: string; readonly line: number };
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly verb: string;
}

export interface FlowStepView {
  readonly line: number;
  readonly verb: Verb;
  readonly identifier: string | undefined;
  /** The node that it is about, where the text tells. */
  readonly node: string | undefined;
  readonly title: string | undefined;
  readonly system: string | undefined;
}

/** The landscape as nodes and edges, read from its definitions and the source of its flows. */
export interface LandscapeGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly flows: ReadonlyMap<string, readonly FlowStepView[]>;
}

const shownKinds: readonly string[] = ['owner', 'system', 'source', 'asset', 'signal', 'rule', 'contract', 'capability', 'decision', 'flow', 'exception', 'webhook'];
const kindsOfVerb: Readonly<Record<Verb, readonly string[]>> = {
  call: ['capability'],
  attempt: ['capability'],
  post: ['capability'],
  decide: ['decision'],
  sleep: [],
  waitFor: ['contract'],
  compensate: [],
  raise: ['exception'],
};

/** What the engine itself declares is no part of a manufacturer's landscape. */
function isTheirs(definition: Definition): boolean {
  return definition.name !== 'lineshaft' && !ownersOf(ownershipOf(definition)).some((owner) => owner.name === 'lineshaft');
}

export async function landscapeGraph(landscape: Landscape): Promise<LandscapeGraph> {
  const theirs = landscape.definitions.filter(isTheirs);
  const root = commonFolder(theirs.map(({ site }) => site.file));
  const nodes = theirs
    .filter(({ kind }) => shownKinds.includes(kind))
    .map((definition): GraphNode => ({
      id: idOf(definition),
      kind: definition.kind,
      name: definition.name,
      title: titleOf(definition),
      owners: ownersOf(ownershipOf(definition)).map((owner) => owner.name),
      site: { file: definition.site.file.slice(root.length).replaceAll('\\', '/'), line: definition.site.line },
    }));
  const flows = await flowViews(landscape, theirs);
  const edges = [
    ...declaredEdges(landscape),
    ...[...flows].flatMap(([flow, steps]) => steps.flatMap((step) => (step.node === undefined ? [] : [{ from: `flow:${flow}`, to: step.node, verb: step.verb }]))),
  ];
  const shown = new Set(nodes.map(({ id }) => id));
  const unique = new Map(edges.filter(({ from, to }) => shown.has(from) && shown.has(to)).map((edge) => [`${edge.from} ${edge.verb} ${edge.to}`, edge]));
  return { nodes, edges: [...unique.values()], flows };
}

async function flowViews(landscape: Landscape, definitions: readonly Definition[]): Promise<ReadonlyMap<string, readonly FlowStepView[]>> {
  const texts = sourceTexts();
  const index = await identifierIndex(definitions, texts);
  const views = new Map<string, readonly FlowStepView[]>();
  for (const flow of landscape.of('flow').values()) {
    if (!isTheirs(flow)) continue;
    const source = await texts.of(flow.site.file);
    const steps = flowSteps(source, flow.site.line).map(({ verb, identifier, line }): FlowStepView => {
      const about = identifier === undefined ? undefined : resolved(identifier, kindsOfVerb[verb], index, source);
      const system = about?.kind === 'capability' ? landscape.bindingOf(about.name)?.system.name : undefined;
      return { line, verb, identifier, node: about && idOf(about), title: about && titleOf(about), system };
    });
    views.set(flow.name, steps);
  }
  return views;
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
    ...all(landscape.of('flow'), (flow) => edge(flow.on, 'starts', flow)),
    ...all(landscape.of('binding'), ({ capability, system }) => edge(capability, 'served by', system)),
    ...all(landscape.of('capability'), (capability) => (capability.carries ? edge(capability, 'carries', capability.carries) : [])),
    ...all(landscape.of('webhook'), (webhook) => [...edge(webhook.system, 'calls', webhook), ...edge(webhook, 'gives', webhook.contract)]),
    ...landscape.definitions.filter(isTheirs).flatMap((definition) => ownersOf(ownershipOf(definition)).flatMap((owner) => edge(owner, 'owns', definition))),
  ];
}

export function idOf({ kind, name }: Definition): string {
  return `${kind}:${name}`;
}

function titleOf(definition: Definition): string {
  const title = fieldOf(definition, 'title');
  return typeof title === 'string' ? title : definition.name;
}

function ownershipOf(definition: Definition): Ownership | undefined {
  if (!('owner' in definition)) return undefined;
  // Every define…() that takes an owner takes an Ownership.
  return definition.owner as Ownership;
}

/** The folder that all files lie in, with its last separator. */
function commonFolder(files: readonly string[]): string {
  const [first = '', ...rest] = files;
  let end = Math.max(first.lastIndexOf('/'), first.lastIndexOf('\\')) + 1;
  for (const file of rest) while (end > 0 && !file.startsWith(first.slice(0, end))) end = Math.max(first.lastIndexOf('/', end - 2), first.lastIndexOf('\\', end - 2)) + 1;
  return first.slice(0, end);
}
