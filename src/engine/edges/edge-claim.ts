import type { Change, Store } from '../../store/store.ts';
import { fieldOf, recorded } from '../stories/recorded-json.ts';

/** That a name is an identity's. */
export interface Claim {
  readonly identity: string;
  /** 1, 2, 3 …: of two claims with one number, that which was written first counts. */
  readonly generation: number;
  /** Since when what its store does not know was certainly not done in this name; epoch milliseconds. */
  readonly sinceMs: number;
  readonly atMs: number;
}

export const claimed = 'edge.claimed';
/** Claims of one name that are looked at, over all shards. */
const claimsMax = 1_000;

/** An edge in the audit. */
export function subjectOf(edge: string): string {
  return `edge ${edge}`;
}

/** The entry of the audit that a claim is. */
export function claimEntry(
  edge: string,
  { identity, generation, sinceMs, atMs }: Claim,
  { by, note, before }: { readonly by: string; readonly note: string; readonly before: string | undefined },
): Change {
  const details = { identity, generation, sinceMs, note, ...(before !== undefined && { before }) };
  return { change: 'audit.add', atMs, actor: by, action: claimed, subject: subjectOf(edge), details: JSON.stringify(details) };
}

/** Whom a name belongs to, by the audit. */
export async function holderOf(store: Pick<Store, 'audit'>, edge: string): Promise<Claim | undefined> {
  const entries = await store.audit({ subject: subjectOf(edge), limit: claimsMax });
  const claims = entries.flatMap(({ action, atMs, details }): Claim[] => {
    const [identity, generation, sinceMs] = ['identity', 'generation', 'sinceMs'].map((field) => fieldOf(recorded(details), field));
    if (action !== claimed || typeof identity !== 'string' || typeof generation !== 'number' || typeof sinceMs !== 'number') return [];
    return [{ identity, generation, sinceMs, atMs }];
  });
  // Every hub that reads the same entries finds the same one.
  return claims.toSorted((a, b) => b.generation - a.generation || a.atMs - b.atMs || (a.identity < b.identity ? -1 : 1))[0];
}
