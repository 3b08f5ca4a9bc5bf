import type { Contract } from '../../model/contract.ts';
import type { Flow } from '../../model/flow.ts';
import type { Landscape } from '../../model/landscape.ts';
import { childrenOf, type OutlineNode, type OutlineStep } from '../graph/flow-outline.ts';
import { idOf } from '../graph/graph-node.ts';
import type { LandscapeGraph } from '../graph/landscape-graph.ts';

/** A `waitFor` in the source of a flow. */
export interface SourceWait {
  readonly flow: Flow;
  readonly line: number;
  /** Where it is not the file that the flow is declared in; from the landscape's folder. */
  readonly file?: string;
  /** How long it lasts at most, as the source or its limit says. */
  readonly within?: string;
}

/** The waits for events of a contract, and the flows of which not every wait is told by the source. */
export function waitsFor(landscape: Landscape, graph: LandscapeGraph, contract: Contract | undefined): { readonly ends: readonly SourceWait[]; readonly unread: readonly Flow[] } {
  const ends: SourceWait[] = [];
  const unread: Flow[] = [];
  for (const flow of landscape.of('flow').values()) {
    const outline = graph.flows.get(flow.name);
    if (!outline || !contract) continue;
    const waits = waitsIn(outline.nodes, undefined);
    for (const { step, file } of waits) {
      const { node, line, within } = step;
      if (node === idOf(contract)) ends.push({ flow, line, ...(file !== undefined && { file }), ...(within !== undefined && { within }) });
    }
    if (outline.partial || waits.some(({ step }) => step.node === undefined)) unread.push(flow);
  }
  return { ends, unread };
}

interface PlacedWait {
  readonly step: OutlineStep;
  readonly file: string | undefined;
}

function waitsIn(nodes: readonly OutlineNode[], file: string | undefined): readonly PlacedWait[] {
  return nodes.flatMap((node): readonly PlacedWait[] => {
    if (node.kind === 'step') return node.verb === 'waitFor' ? [{ step: node, file }] : [];
    return waitsIn(childrenOf(node), (node.kind === 'part' ? node.file : undefined) ?? file);
  });
}
