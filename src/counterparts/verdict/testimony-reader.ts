// Asks the systems again and again, each time only for what their ledgers have not told yet.
import { bookFrom, entriesFrom, fromEach, heard, type Addresses, type Entry, type SystemName, type Testimony } from './testimony.ts';

export type LedgerTestimony = Pick<Testimony, 'ledgers' | 'worlds' | 'moves'>;

export interface TestimonyReader {
  read(): Promise<LedgerTestimony>;
  /** Entries read so far. */
  readonly size: number;
}

/** More than a visitor does in a day; what a reader holds is bounded. */
const entriesMax = 100_000;

/** Of systems that are not set back in the meantime. The worlds are asked for once. */
export function testimonyReader(addresses: Addresses): TestimonyReader {
  let worlds: Testimony['worlds'] | undefined;
  let ledgers: Readonly<Record<SystemName, readonly Entry[]>> = { erp: [], mes: [], wms: [], tms: [], cmms: [], supplier: [], mailbox: [], plant: [] };
  const sizeOf = (): number => Object.values(ledgers).reduce((sum, entries) => sum + entries.length, 0);

  async function newest(name: SystemName): Promise<readonly Entry[]> {
    const known = ledgers[name];
    const fresh = entriesFrom(name, await heard(`${addresses[name]}/_ledger?since=${known.at(-1)?.seq ?? 0}`));
    return fresh.length === 0 ? known : [...known, ...fresh];
  }

  return {
    async read() {
      if (sizeOf() > entriesMax) throw new Error(`the ledgers have more than ${entriesMax} entries; start the demo anew`);
      worlds ??= await fromEach((name) => heard(`${addresses[name]}/_world`));
      const [next, stock] = await Promise.all([fromEach(newest), heard(`${addresses.erp}/_stock`)]);
      ledgers = next;
      return { ledgers, worlds, moves: bookFrom(stock).moves };
    },
    get size() {
      return sizeOf();
    },
  };
}
