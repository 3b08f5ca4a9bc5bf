import { chainStart, readLink } from '../../kernel/hash-chain.ts';
import { proofEntry, proofVersion, type ProofEntry, type ProofHead } from './proof-entry.ts';
import type { Findings } from './finding.ts';

/** Reads the lines of a proof one by one and holds each to the one before. */
export interface ChainReader {
  /** The entry of the next line, where it is one. */
  read(text: string): ProofEntry | undefined;
  /** Nothing follows. */
  end(): void;
  readonly head: ProofHead | undefined;
  /** The hash of the last line. */
  readonly seal: string;
  readonly lines: number;
}

/** Numbers that are remembered as missing, in case they come later. */
const missingMax = 10_000;

export function chainReader(found: Findings): ChainReader {
  const missing = new Set<number>();
  let head: ProofHead | undefined;
  let line = 0;
  let next = 0;
  let before = { n: -1, hash: chainStart };

  /** Where it stands, and whether it is bound to the one before. */
  function place(n: number, previous: string): void {
    if (n > next) for (let gone = next; gone < n && missing.size < missingMax; gone += 1) missing.add(gone);
    else if (n < next) {
      if (missing.delete(n)) found.add('ENTRY_MOVED', `entry ${n} comes after entry ${next - 1}`, { line });
      else found.add('ENTRY_ADDED', `there is an entry ${n} already`, { line });
    }
    if (n === before.n + 1 && previous !== before.hash) found.add('CHAIN_BROKEN', `it is not bound to the entry before: that one, or all from here on, was written anew`, { line });
    next = Math.max(next, n + 1);
  }

  function begin(entry: ProofEntry): void {
    if (entry.kind !== 'head') found.add('HEAD_MISSING', 'the file does not begin with the head of a proof', { line });
    else if (entry.version > proofVersion) found.add('FORMAT_UNKNOWN', `this proof has format version ${entry.version}; this program reads up to ${proofVersion}`, { line });
    if (entry.kind === 'head') head = entry;
  }

  return {
    get head() {
      return head;
    },
    get seal() {
      return before.hash;
    },
    get lines() {
      return line;
    },
    read(text) {
      line += 1;
      const read = readLink(text);
      if (read.kind === 'no link') {
        found.add('LINE_BROKEN', `it is no entry of a proof: ${read.reason}`, { line });
        return undefined;
      }
      const { link, body, isWhole } = read;
      if (!isWhole) found.add('LINE_CHANGED', `entry ${link.n} was changed: its hash stands for something else`, { line });
      place(link.n, link.previous);
      before = link;
      if (!proofEntry.check(body)) {
        // One that was changed has been told.
        if (isWhole) found.add('LINE_BROKEN', `entry ${link.n} is none that a proof has: ${proofEntry.difference(body)?.path ?? '/'}`, { line });
        return undefined;
      }
      if (line === 1) begin(body);
      return body;
    },
    end() {
      if (line === 0) found.add('HEAD_MISSING', 'the file is empty');
      const gone = [...missing];
      if (gone.length > 0) found.add('ENTRY_MISSING', `${gone.length === 1 ? 'entry' : 'entries'} ${rangesOf(gone)} ${gone.length === 1 ? 'was' : 'were'} taken out`);
      if (!head) return;
      if (next - 1 < head.entries) found.add('FILE_CUT', `the head tells of ${head.entries} entries; the file ends with entry ${next - 1}`);
      if (next - 1 > head.entries) found.add('ENTRY_ADDED', `the head tells of ${head.entries} entries; the file goes on to entry ${next - 1}`);
    },
  };
}

function rangesOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const n of numbers.toSorted((one, other) => one - other)) {
    const last = ranges.at(-1);
    if (last && last[1] === n - 1) last[1] = n;
    else ranges.push([n, n]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}
