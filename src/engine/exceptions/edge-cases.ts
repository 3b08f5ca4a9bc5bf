import { hashId } from '../../kernel/ids.ts';
import type { Ownership } from '../../model/owner.ts';
import type { EdgeNotice } from '../edge/notice-board.ts';
import type { CaseParts } from './case-parts.ts';
import { builtIn, type Opening } from './opening.ts';

/** Makes a case of each notice of an edge, once, for the owner of its first source. */
export interface EdgesTold {
  heard(edge: string, status: { readonly sources: readonly { readonly name: string }[]; readonly notices?: readonly EdgeNotice[] }): Promise<void>;
}

/** Notices that are known to have a case; an older one is looked for in the store again. */
const knownMax = 10_000;

export function edgeCases({ landscape, store, pipeline, clock, open }: CaseParts): EdgesTold {
  const known = new Set<string>();

  function ownerOf(sources: readonly { readonly name: string }[]): Ownership | undefined {
    const declared = landscape.of('source');
    const own = sources.flatMap(({ name }) => declared.get(name) ?? []);
    return (own[0] ?? [...declared.values()][0])?.owner;
  }

  return {
    async heard(edge, { sources, notices = [] }) {
      for (const notice of notices) {
        const id = hashId('edge-notice', edge, notice.id).slice(0, 20);
        if (known.has(id)) continue;
        known.add(id);
        const oldest = known.size > knownMax ? known.values().next().value : undefined;
        if (oldest !== undefined) known.delete(oldest);
        const owner = ownerOf(sources);
        // Whoever runs an edge whose sources this landscape does not know has it in the edge's status.
        if (!owner) continue;
        try {
          if (!(await store.exception(id))) await pipeline.commit(open(caseOf(id, edge, notice, owner, clock.now())));
        } catch (error) {
          // The edge says it again.
          known.delete(id);
          throw error;
        }
      }
    },
  };
}

function caseOf(id: string, edge: string, notice: EdgeNotice, owner: Ownership, nowMs: number): Opening {
  const { kind, sinceMs, untilMs, text, advice } = notice;
  return builtIn({
    id,
    type: `edge-${kind}`,
    class: 'machine-event',
    owner,
    summary: `${edge}: ${text}`,
    keys: {},
    evidence: { edge, since: new Date(sinceMs).toISOString(), ...(untilMs !== undefined && { until: new Date(untilMs).toISOString() }) },
    suggestions: [advice],
    actions: [],
    nowMs,
  });
}
