// A system's truth: tables of frozen rows that remember their past, and transactions that commit whole or not at all.
// Remembering the past makes a stale read honest; undoing makes "success, but nothing done" and refusals half-way honest.
import { deepFrozen } from './merge.ts';

export interface Transaction {
  /** When the writes of this transaction happen; -Infinity for what the world came with. */
  readonly atMs: number;
  /** Reads see the rows as they were at this instant. */
  readonly asOfMs: number;
  readonly undo: (() => void)[];
}

export interface Table<Row> {
  get(tx: Transaction, key: string): Row | undefined;
  all(tx: Transaction): Row[];
  put(tx: Transaction, key: string, row: Row): Row;
}

export interface State {
  table<Row extends object>(): Table<Row>;
  clear(): void;
}

interface Version<Row> {
  readonly atMs: number;
  readonly row: Row;
}

/** Older versions of a row are forgotten; a stale read past them sees the oldest that is left. */
const versionsMax = 1_000;

export function stateOfTables(): State {
  const tables: { clear(): void }[] = [];
  return {
    table<Row extends object>() {
      const rows = new Map<string, Version<Row>[]>();
      tables.push(rows);
      return tableOver(rows);
    },
    clear() {
      for (const table of tables) table.clear();
    },
  };
}

function tableOver<Row extends object>(rows: Map<string, Version<Row>[]>): Table<Row> {
  const seen = (tx: Transaction, versions: readonly Version<Row>[] | undefined) => versions?.findLast(({ atMs }) => atMs <= tx.asOfMs)?.row;
  return {
    get: (tx, key) => seen(tx, rows.get(key)),
    all: (tx) => [...rows.values()].flatMap((versions) => seen(tx, versions) ?? []),
    put(tx, key, row) {
      const versions = rows.get(key) ?? [];
      rows.set(key, versions);
      versions.push({ atMs: tx.atMs, row: deepFrozen(row) });
      const dropped = versions.length > versionsMax ? versions.shift() : undefined;
      tx.undo.push(() => {
        versions.pop();
        if (dropped !== undefined) versions.unshift(dropped);
        if (versions.length === 0) rows.delete(key);
      });
      return row;
    },
  };
}

/** Runs `work` at once; if it throws, nothing of it stays. With `dry`, nothing of it stays in any case. */
export function transact<T>(options: { readonly atMs: number; readonly asOfMs?: number; readonly dry?: boolean }, work: (tx: Transaction) => T): T {
  const tx: Transaction = { atMs: options.atMs, asOfMs: options.asOfMs ?? Number.POSITIVE_INFINITY, undo: [] };
  let committed = false;
  try {
    const result = work(tx);
    committed = options.dry !== true;
    return result;
  } finally {
    if (!committed) for (const step of tx.undo.toReversed()) step();
  }
}
