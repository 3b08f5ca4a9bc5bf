import { hashId } from '../../kernel/ids.ts';
import type { Ownership } from '../../model/owner.ts';
import { setNewest } from '../../kernel/newest.ts';
import type { EdgeNotice } from '../edge/notice-board.ts';
import type { UnfitSignature } from '../log/signature-book.ts';
import type { CaseParts } from './case-parts.ts';
import { builtIn, type Opening } from './opening.ts';

/** Makes a case of each notice of an edge, once, for the owner of its first source. */
export interface EdgesTold {
  /** Somebody sent events in the name of an edge with a signature that does not fit: one case for each edge and reason, which counts them. Raises STORE_UNAVAILABLE. */
  unfit(refused: UnfitSignature): Promise<void>;
  heard(edge: string, status: { readonly sources: readonly { readonly name: string }[]; readonly notices?: readonly EdgeNotice[] }): Promise<void>;
}

/** Notices that are known to have a case; an older one is looked for in the store again. */
const knownMax = 10_000;
/** How often one edge and reason is counted at most. */
const countedEveryMs = 1_000;

export function edgeCases({ landscape, store, pipeline, clock, open }: CaseParts): EdgesTold {
  const known = new Set<string>();
  /** When an edge and reason was counted last. */
  const counted = new Map<string, number>();

  function ownerOf(sources: readonly { readonly name: string }[]): Ownership | undefined {
    const declared = landscape.of('source');
    const own = sources.flatMap(({ name }) => declared.get(name) ?? []);
    return (own[0] ?? [...declared.values()][0])?.owner;
  }

  return {
    async unfit(refused) {
      const { edge, reason } = refused;
      const nowMs = clock.now();
      const cause = JSON.stringify([edge, reason]);
      const owner = ownerOf([]);
      // A sender that is refused comes again by itself; a flood of them is none of commits.
      if (!owner || nowMs - (counted.get(cause) ?? Number.NEGATIVE_INFINITY) < countedEveryMs) return;
      setNewest(counted, cause, nowMs, knownMax);
      await pipeline.commit(open(unfitCase(refused, owner, nowMs)));
    },
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

function unfitCase({ edge, reason, text, advice }: UnfitSignature, owner: Ownership, nowMs: number): Opening {
  return builtIn({
    id: hashId('edge-signature', edge, reason, String(nowMs)).slice(0, 20),
    type: 'edge-signature-refused',
    class: 'machine-event',
    owner,
    summary: `${edge}: ${text.replace(/\.$/, '')}`,
    keys: {},
    evidence: { edge, reason },
    suggestions: [advice],
    actions: [],
    nowMs,
    subject: [edge, reason],
  });
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
