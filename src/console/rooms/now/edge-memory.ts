// Edges that were heard, kept while the hub that has just begun does not know of them yet.
import type { OverviewView } from '../../../api/overview.ts';
import type { EdgeView } from '../../../api/trends.ts';

/** Edges that are remembered; a plant has tens. */
const edgesMax = 1_000;

type Known = Pick<OverviewView, 'atMs' | 'edges'>;

/** Gives the edges of each answer, and those of earlier answers that are missing in it, with an age that grows. */
export function edgeMemory(): (overview: Known) => readonly EdgeView[] {
  const heard = new Map<string, { readonly view: EdgeView; readonly atMs: number }>();
  return ({ atMs, edges }) => {
    for (const view of edges) {
      if (heard.has(view.edge) || heard.size < edgesMax) heard.set(view.edge, { view, atMs: atMs - view.ageMs });
    }
    const now = new Set(edges.map(({ edge }) => edge));
    const missing = [...heard.values()].filter(({ view }) => !now.has(view.edge));
    return [...edges, ...missing.map((one) => ({ ...one.view, ageMs: Math.max(0, atMs - one.atMs) }))].sort((a, b) => (a.edge < b.edge ? -1 : 1));
  };
}
