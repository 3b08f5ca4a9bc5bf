import type { AuditRecord } from '../../store/store.ts';
import { anchorOf, type Anchor } from './audit-anchor.ts';
import { auditHash, linkOf } from './audit-chain.ts';
import type { Link } from '../../kernel/hash-chain.ts';

/** What of an audit does not hold. */
export interface AuditFinding {
  readonly code: 'ENTRY_CHANGED' | 'ENTRY_UNBOUND' | 'ENTRY_MISSING' | 'NEWEST_MISSING' | 'SEAL_DIFFERS';
  /** Of the entry at which it shows. */
  readonly id?: number;
  readonly message: string;
}

export interface AuditVerdict {
  readonly holds: boolean;
  /** Entries of the chain, and older ones that were written before there was one. */
  readonly entries: number;
  readonly older: number;
  /** Entries that were dropped as declared, for which a later one stands. */
  readonly dropped: number;
  /** The hash of the newest entry, which stands for all of them. */
  readonly seal: string | undefined;
  readonly findings: readonly AuditFinding[];
}

/** Findings that are told; one altered entry makes one or two. */
const findingsMax = 1_000;

/** Checks an audit entry by entry, newest first. */
export interface AuditCheck {
  take(record: AuditRecord): void;
  verdict(): AuditVerdict;
}

/** `counted`: how many entries the hub has counted. `seal`: a hash that was told before, of any entry. */
export function auditCheck({ counted, seal }: { readonly counted: number; readonly seal?: string | undefined }): AuditCheck {
  const findings: AuditFinding[] = [];
  let newer: { readonly id: number; readonly link: Link } | undefined;
  let anchor: Anchor | undefined;
  let newest: string | undefined;
  let isSealed = seal === undefined;
  let entries = 0;
  let older = 0;

  function found(finding: AuditFinding): void {
    if (findings.length < findingsMax) findings.push(finding);
  }

  return {
    take(record) {
      const { id } = record;
      const link = linkOf(record);
      if (!link) {
        if (newer ? newer.link.n === 0 : counted === 0) older += 1;
        else found({ code: 'ENTRY_CHANGED', id, message: `entry ${id} has lost its link` });
        return;
      }
      entries += 1;
      newest ??= link.hash;
      // The newest one stands for what the older ones stand for as well.
      anchor ??= anchorOf(record);
      if (anchor?.n === link.n && anchor.hash !== link.hash) found({ code: 'ENTRY_CHANGED', id, message: `entry ${id} is not the one that a later entry stands for` });
      isSealed ||= link.hash === seal;
      if (auditHash(record, link) !== link.hash) found({ code: 'ENTRY_CHANGED', id, message: `entry ${id} was changed: its hash stands for something else` });
      if (!newer) {
        // One that came while it was counted is no fault.
        if (link.n < counted - 1) found({ code: 'NEWEST_MISSING', id, message: `the hub has counted ${counted} entries; the newest that is there is number ${link.n + 1}` });
      } else if (newer.link.n !== link.n + 1) {
        found({ code: 'ENTRY_MISSING', id: newer.id, message: `between the entries ${id} and ${newer.id} there are ${newer.link.n - link.n - 1} missing` });
      } else if (newer.link.previous !== link.hash) {
        found({ code: 'ENTRY_UNBOUND', id: newer.id, message: `entry ${newer.id} is not bound to entry ${id}: that one, or all after it, was written anew` });
      }
      newer = { id, link };
    },
    verdict() {
      const all = [...findings];
      if (!newer && counted > 0) all.push({ code: 'NEWEST_MISSING', message: `the hub has counted ${counted} entries; none is there` });
      const dropped = newer && newer.link.n > 0 && isAnchored(newer.link, anchor) ? newer.link.n : 0;
      if (newer && newer.link.n > dropped) all.push({ code: 'ENTRY_MISSING', id: newer.id, message: `before entry ${newer.id} there are ${newer.link.n} missing` });
      if (!isSealed) all.push({ code: 'SEAL_DIFFERS', message: `no entry has the seal ${seal ?? ''}: what stood for it was changed or taken out` });
      return { holds: all.length === 0, entries, older, dropped, seal: newest, findings: all };
    },
  };
}

/** Whether an entry of the chain stands for all before the oldest: that one names its forerunner, and so does each up to the anchor. */
function isAnchored({ n, previous }: Link, anchor: Anchor | undefined): boolean {
  return anchor !== undefined && (anchor.n === n - 1 ? anchor.hash === previous : anchor.n >= n);
}
