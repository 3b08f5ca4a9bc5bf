import type { AuditRecord, Change } from '../../store/store.ts';
import type { Link } from '../../kernel/hash-chain.ts';
import { fieldOf, recorded } from '../stories/recorded-json.ts';

/** An entry of the audit that stands for those up to a link: they may have been dropped, as declared. */
const action = 'audit.compacted';

export type Anchor = Pick<Link, 'n' | 'hash'>;

export function auditCompacted(atMs: number, { n, hash }: Link): Change {
  return { change: 'audit.add', atMs, actor: 'lineshaft', action, subject: 'audit', details: JSON.stringify({ through: n, hash }) };
}

/** The anchor that an entry is; undefined for any other. */
export function anchorOf(entry: Pick<AuditRecord, 'action' | 'details'>): Anchor | undefined {
  if (entry.action !== action) return undefined;
  const details = recorded(entry.details);
  const [n, hash] = [fieldOf(details, 'through'), fieldOf(details, 'hash')];
  return typeof n === 'number' && typeof hash === 'string' ? { n, hash } : undefined;
}
