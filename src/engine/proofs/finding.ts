import type { Breach } from './effect-law.ts';

/** What of a proof does not hold: of the file, of what it says, of an effect's story, or of another system's books. */
export type FindingCode =
  | 'HEAD_MISSING'
  | 'FORMAT_UNKNOWN'
  | 'LINE_BROKEN'
  | 'LINE_CHANGED'
  | 'CHAIN_BROKEN'
  | 'ENTRY_MISSING'
  | 'ENTRY_MOVED'
  | 'ENTRY_ADDED'
  | 'FILE_CUT'
  | 'SEAL_DIFFERS'
  | 'SIGNATURE_WRONG'
  | 'SIGNED_BY_OTHER'
  | 'EFFECT_TWICE'
  | 'REVISION_TWICE'
  | 'CAUSE_MISSING'
  | 'PARKED_WITHOUT_CASE'
  | Breach['code']
  | 'BOOKED_TWICE'
  | 'NOT_BOOKED'
  | 'BOOKED_AFTER_ALL'
  | 'BOOKED_OTHERWISE'
  | 'BOOKED_OUT_OF_ORDER'
  | 'BOOKED_UNEXPLAINED';

/** `finding`: it does not hold. `unjudged`: nobody can tell, since books could not be read. `note`: worth knowing, and no fault. */
export interface ProofFinding {
  readonly severity: 'finding' | 'unjudged' | 'note';
  readonly code: FindingCode | 'BOOKS_UNREADABLE' | 'INCOMPLETE' | 'NOT_ENDED' | 'NOT_JUDGED' | 'BOOKED_BY_OTHERS' | 'BOOKED_OUTSIDE' | 'PARKED';
  /** The line of the proof, from 1. */
  readonly line?: number;
  readonly system?: string;
  /** The effect's key. */
  readonly effect?: string;
  readonly message: string;
}

/** Findings that are kept; of more only the number is told. */
const findingsMax = 1_000;

export interface Findings {
  readonly list: readonly ProofFinding[];
  /** All of severity `finding`, also those that are not kept. */
  readonly count: number;
  /** All of severity `unjudged`, also those that are not kept. */
  readonly unjudged: number;
  add(code: FindingCode, message: string, at?: Pick<ProofFinding, 'line' | 'system' | 'effect'>): void;
  leave(code: 'BOOKS_UNREADABLE' | 'NOT_JUDGED', message: string, at?: Pick<ProofFinding, 'line' | 'system' | 'effect'>): void;
  note(code: ProofFinding['code'], message: string, at?: Pick<ProofFinding, 'line' | 'system' | 'effect'>): void;
}

export function findings(): Findings {
  const list: ProofFinding[] = [];
  let count = 0;
  let unjudged = 0;
  const keep = (finding: ProofFinding): void => {
    if (list.length < findingsMax) list.push(finding);
  };
  return {
    list,
    get count() {
      return count;
    },
    add(code, message, at = {}) {
      count += 1;
      keep({ severity: 'finding', code, ...at, message });
    },
    get unjudged() {
      return unjudged;
    },
    leave(code, message, at = {}) {
      unjudged += 1;
      keep({ severity: 'unjudged', code, ...at, message });
    },
    note(code, message, at = {}) {
      keep({ severity: 'note', code, ...at, message });
    },
  };
}
