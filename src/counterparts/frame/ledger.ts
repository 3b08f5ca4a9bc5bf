// What was really committed, in order, never what was tried: the oracle of every test.
import { invalid } from './answer.ts';
import { deepFrozen } from './merge.ts';

interface LedgerEntry {
  readonly seq: number;
  /** Wall-clock time of the commit, ISO 8601 UTC. */
  readonly at: string;
  readonly atMs: number;
  readonly system: string;
  readonly type: string;
  readonly key: string;
  readonly keys: readonly string[];
  readonly principal: string;
  readonly idempotencyKey?: string;
  readonly reference?: string;
  readonly revision?: number;
  readonly data: Readonly<Record<string, unknown>>;
}
type NewLedgerEntry = Omit<LedgerEntry, 'seq' | 'at' | 'system'>;

export interface Ledger {
  append(entry: NewLedgerEntry): void;
  /** Entries that pass every filter of a `/_ledger` query; an unknown filter is refused, since ignoring it would hand out too much. */
  select(query: URLSearchParams): LedgerEntry[];
  readonly size: number;
  clear(): void;
}

const entriesMax = 1_000_000;
/** `asset` is `key` by another name, for readers who think in assets. */
const filters = ['key', 'asset', 'type', 'principal', 'since'];

export function ledgerOf(system: string): Ledger {
  let entries: LedgerEntry[] = [];
  return {
    append(entry) {
      // An oracle that forgets is worse than one that stops.
      if (entries.length >= entriesMax) throw new Error(`the ledger of ${system} is full at ${entriesMax} entries; POST /_reset`);
      entries.push(deepFrozen({ seq: entries.length + 1, at: new Date(entry.atMs).toISOString(), system, ...entry }));
    },
    select(query) {
      const passes = [...query].map(([name, value]) => filterOf(name, value));
      return entries.filter((entry) => passes.every((pass) => pass(entry)));
    },
    get size() {
      return entries.length;
    },
    clear() {
      entries = [];
    },
  };
}

function filterOf(name: string, value: string): (entry: LedgerEntry) => boolean {
  switch (name) {
    case 'key':
    case 'asset':
      return (entry) => entry.key === value || entry.keys.includes(value);
    case 'type':
      return (entry) => entry.type === value;
    case 'principal':
      return (entry) => entry.principal === value;
    case 'since': {
      if (!/^\d{1,15}$/.test(value)) throw invalid('since', value, 'a sequence number; entries after it are returned');
      return (entry) => entry.seq > Number(value);
    }
    default:
      throw invalid(name, value, `only the filters ${filters.join(', ')}`);
  }
}
