import { Fault } from '../kernel/errors.ts';
import { eventType, type Contract } from '../model/contract.ts';
import type { Landscape } from '../model/landscape.ts';
import { ownersOf } from '../model/owner.ts';
import type { GraphEdge, GraphNode, LandscapeGraph } from '../engine/graph/landscape-graph.ts';
import { ok, route, type Route } from './route.ts';
import { viewShapes } from './view-shapes.ts';

export type { FieldUnits } from '../model/field-units.ts';
export type { AssetNode, GraphEdge, GraphNode, RuleNode, SignalNode } from '../engine/graph/landscape-graph.ts';

/** The landscape as nodes and edges. */
export interface LandscapeView {
  /** Content hash of its files. */
  readonly release: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** What an event or message is. */
export interface ContractView {
  readonly name: string;
  readonly version: number;
  /** CloudEvents type, e.g. `production.variance.detected.v1`. */
  readonly type: string;
  readonly title: string;
  readonly family: Contract['family'];
  /** Which field gives which business key. */
  readonly keys: Contract['keys'];
  readonly owners: readonly string[];
}

export interface ContractDetail extends ContractView {
  /** JSON Schema. */
  readonly schema: Contract['schema']['json'];
  readonly examples: readonly unknown[];
}

/** The landscape as it was declared, read-only. */
export function landscapeRoutes(landscape: Landscape, graph: () => Promise<LandscapeGraph>): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/landscape',
      group: 'landscape',
      summary: 'The landscape as a graph: what is declared, who owns it, where, and how it hangs together.',
      right: 'read',
      gives: viewShapes.landscape,
      async serve() {
        const { nodes, edges } = await graph();
        return ok({ release: landscape.release, nodes, edges } satisfies LandscapeView);
      },
    }),
    route({
      method: 'GET',
      path: '/api/contracts',
      group: 'landscape',
      summary: 'The contracts: what each event is, its version, owner and business keys.',
      right: 'read',
      gives: viewShapes.contracts,
      serve: async () => ok([...landscape.of('contract').values()].filter(isTheirs).map((contract) => contractView(contract))),
    }),
    route({
      method: 'GET',
      path: '/api/contracts/:name',
      group: 'landscape',
      summary: 'One contract with its JSON Schema and examples, by its name or CloudEvents type.',
      right: 'read',
      gives: viewShapes.contract,
      async serve({ params }) {
        const name = params['name'] ?? '';
        const contract = landscape.of('contract').get(name) ?? landscape.contractOfType(name);
        if (!contract || !isTheirs(contract)) throw new Fault('NOT_FOUND', `No contract is called "${name.slice(0, 100)}".`);
        return ok({ ...contractView(contract), schema: contract.schema.json, examples: contract.examples } satisfies ContractDetail);
      },
    }),
  ];
}

/** The engine's own contracts are its own business. */
function isTheirs({ name }: Contract): boolean {
  return !name.startsWith('lineshaft.');
}

function contractView(contract: Contract): ContractView {
  const { name, version, title, family, keys } = contract;
  return { name, version, type: eventType(contract), title, family, keys, owners: ownersOf(contract.owner).map((owner) => owner.name) };
}
