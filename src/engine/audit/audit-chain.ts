import { chainStart, digest, type Link } from '../../kernel/hash-chain.ts';
import type { AuditRecord, Change, Store } from '../../store/store.ts';
import { objectOf, fieldOf, recorded, recordedWithout } from '../stories/recorded-json.ts';

// The audit is a chain: each entry has, among its details, its number and the hash of the one before, and its own over all of it.

/** Under this name the link lies in the stored details. No deed has a detail of that name: it is no name of a field. */
const place = '$chain';

/** The cursor that tells how many entries are in the chain. */
export const auditCursor = 'audit-entries';

type Entry = Omit<AuditRecord, 'id'>;

/** What was recorded of a deed, without its link. */
export function detailsOf({ details }: Pick<AuditRecord, 'details'>): unknown {
  return recordedWithout(details, place);
}

/** The link of an entry; undefined for one that has none: older than the chain, or altered. */
export function linkOf({ details }: Pick<AuditRecord, 'details'>): Link | undefined {
  const link = fieldOf(recorded(details), place);
  const [n, previous, hash] = [fieldOf(link, 'n'), fieldOf(link, 'previous'), fieldOf(link, 'hash')];
  return typeof n === 'number' && typeof previous === 'string' && typeof hash === 'string' ? { n, previous, hash } : undefined;
}

/** The hash that an entry has at this place of the chain. */
export function auditHash(entry: Entry, { n, previous }: Omit<Link, 'hash'>): string {
  const { atMs, actor, action, subject } = entry;
  return digest({ atMs, actor, action, subject, details: detailsOf(entry) ?? null, n, previous });
}

/** A store whose audit is a chain: whoever reads entries gets them without their links, but for those who check them. */
export interface ChainedStore extends Store {
  /** Entries as they are stored. */
  readonly auditChain: Store['audit'];
}

/** Binds each audit entry to the one before as it is committed. Commits are asked for in their order, and again in it where they are refused, as a pipeline does. */
export async function chainedAudit(store: Store): Promise<ChainedStore> {
  const [newest] = await store.audit({ limit: 1 });
  let last: Link = (newest && linkOf(newest)) ?? { n: -1, previous: chainStart, hash: chainStart };
  /** Lists that are not committed, or not yet, by what was asked for: they are asked for again as they are. */
  const open = new Map<readonly Change[], readonly Change[]>();

  function linked(asked: readonly Change[]): readonly Change[] {
    const changes = asked.map((change) => {
      if (change.change !== 'audit.add') return change;
      const next = { n: last.n + 1, previous: last.hash };
      last = { ...next, hash: auditHash(change, next) };
      return { ...change, details: JSON.stringify({ ...objectOf(recorded(change.details)), [place]: last }) };
    });
    return [...changes, { change: 'cursor.set', name: auditCursor, position: last.n + 1 }];
  }

  return {
    ...store,
    auditChain: store.audit,
    audit: async (filter) => (await store.audit(filter)).map((record) => ({ ...record, details: JSON.stringify(detailsOf(record)) })),
    async commit(changes) {
      // Few commits audit anything.
      if (!changes.some(({ change }) => change === 'audit.add')) return store.commit(changes);
      const list = open.get(changes) ?? linked(changes);
      open.set(changes, list);
      const results = await store.commit(list);
      open.delete(changes);
      return results.slice(0, changes.length);
    },
  };
}
