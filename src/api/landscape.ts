import { Fault } from '../kernel/errors.ts';
import { eventType, type Contract } from '../model/contract.ts';
import type { Landscape } from '../model/landscape.ts';
import { ownersOf } from '../model/owner.ts';
import { landscapeGraph, type LandscapeGraph } from '../engine/graph/landscape-graph.ts';
import { ok, route, type Route } from './route.ts';

/** The landscape as it was declared, read-only. */
export function landscapeRoutes(landscape: Landscape): readonly Route[] {
  let made: Promise<LandscapeGraph> | undefined;
  // A release does not change, so its graph is made once, when it is first asked for.
  const graph = (): Promise<LandscapeGraph> => (made ??= landscapeGraph(landscape));

  return [
    route({
      method: 'GET',
      path: '/api/landscape',
      group: 'landscape',
      summary: 'The landscape as a graph: what is declared, who owns it, where, and how it hangs together.',
      right: 'read',
      async serve() {
        const { nodes, edges } = await graph();
        return ok({ release: landscape.release, nodes, edges });
      },
    }),
    route({
      method: 'GET',
      path: '/api/flows',
      group: 'landscape',
      summary: 'The flows: what starts each, who owns it, what a second event does.',
      right: 'read',
      serve: async () => ok(flowViews(landscape, await graph())),
    }),
    route({
      method: 'GET',
      path: '/api/flows/:name',
      group: 'landscape',
      summary: 'One flow with its steps as its source writes them, in that order.',
      right: 'read',
      async serve({ params }) {
        const view = flowViews(landscape, await graph()).find(({ name }) => name === params['name']);
        if (!view) throw new Fault('NOT_FOUND', `No flow is called "${(params['name'] ?? '').slice(0, 100)}".`);
        return ok(view);
      },
    }),
    route({
      method: 'GET',
      path: '/api/contracts',
      group: 'landscape',
      summary: 'The contracts: what each event is, its version, owner and business keys.',
      right: 'read',
      serve: async () => ok([...landscape.of('contract').values()].filter(isTheirs).map((contract) => contractView(contract))),
    }),
    route({
      method: 'GET',
      path: '/api/contracts/:name',
      group: 'landscape',
      summary: 'One contract with its JSON Schema and examples, by its name or CloudEvents type.',
      right: 'read',
      async serve({ params }) {
        const name = params['name'] ?? '';
        const contract = landscape.of('contract').get(name) ?? landscape.contractOfType(name);
        if (!contract || !isTheirs(contract)) throw new Fault('NOT_FOUND', `No contract is called "${name.slice(0, 100)}".`);
        return ok({ ...contractView(contract), schema: contract.schema.json, examples: contract.examples });
      },
    }),
  ];
}

function flowViews(landscape: Landscape, { nodes, flows }: LandscapeGraph): readonly ({ readonly name: string } & Readonly<Record<string, unknown>>)[] {
  return [...flows].flatMap(([name, steps]) => {
    const flow = landscape.of('flow').get(name);
    const node = nodes.find(({ id }) => id === `flow:${name}`);
    if (!flow || !node) return [];
    return [
      {
        name,
        title: flow.title,
        owners: node.owners,
        site: node.site,
        on: eventType(flow.on),
        whenRunning: flow.whenRunning,
        systems: [...new Set(steps.flatMap(({ system }) => system ?? []))],
        steps,
      },
    ];
  });
}

/** The engine's own contracts are its own business. */
function isTheirs({ name }: Contract): boolean {
  return !name.startsWith('lineshaft.');
}

function contractView(contract: Contract): Readonly<Record<string, unknown>> {
  const { name, version, title, family, keys } = contract;
  return { name, version, type: eventType(contract), title, family, keys, owners: ownersOf(contract.owner).map((owner) => owner.name) };
}
