// An edge's durable memory that outlives its "process", fails when told to, and can die with a commit under way.
import { Fault } from '../src/kernel/errors.ts';
import { memoryEdgeStore } from '../src/store/memory/memory-edge-store.ts';
import type { EdgeMemory, EdgeStoreLimits } from '../src/store/edge-store.ts';

export interface EdgeDisk {
  /** What a process sees; it ends with `kill`. */
  open(): EdgeMemory & { kill(): void };
  /** Ids in the order of appending, repeats included: what would be doubled if the store did not look. */
  readonly appended: readonly string[];
  readonly states: ReadonlyMap<string, string>;
  /** What each commit brought. */
  readonly commits: readonly { readonly states: readonly string[]; readonly ids: readonly string[] }[];
  /** The next commits fail. */
  fail(times: number): void;
  corrupt(rule: string, text: string): void;
}

export function edgeDisk(limits: Partial<EdgeStoreLimits> = {}): EdgeDisk {
  const inner = memoryEdgeStore(limits);
  const states = new Map<string, string>();
  const appended: string[] = [];
  const commits: { states: string[]; ids: string[] }[] = [];
  let failures = 0;

  function open(): EdgeMemory & { kill(): void } {
    let isDead = false;
    /** A dead process never hears of anything again. */
    const alive = async <Value>(work: () => Promise<Value>): Promise<Value> => {
      await new Promise((resolve) => setImmediate(resolve));
      return isDead ? new Promise<Value>(() => undefined) : work();
    };
    return {
      ...inner,
      kill: () => void (isDead = true),
      async commit(change) {
        await alive(async () => {
          if (failures > 0) {
            failures--;
            throw new Fault('STORE_UNAVAILABLE', 'The disk is full.');
          }
          await inner.commit(change);
          for (const [rule, text] of change.states) states.set(rule, text);
          for (const { id } of change.append) appended.push(id);
          commits.push({ states: [...change.states.keys()], ids: change.append.map(({ id }) => id) });
        });
        await alive(async () => undefined);
      },
      states: () => alive(async () => new Map(states)),
      pending: (limit) => alive(() => inner.pending(limit)),
      ahead: (after, limit) => alive(() => inner.ahead(after, limit)),
      newest: () => alive(() => inner.newest()),
      depth: () => alive(() => inner.depth()),
      bytes: () => alive(() => inner.bytes()),
      acknowledge: (positions) => alive(() => inner.acknowledge(positions)),
      note: (name) => alive(() => inner.note(name)),
      setNote: (name, text) => alive(() => inner.setNote(name, text)),
      quarantine: (entry) => alive(() => inner.quarantine(entry)),
      quarantined: (limit) => alive(() => inner.quarantined(limit)),
      addGaps: (gaps) => alive(() => inner.addGaps(gaps)),
      park: (spans) => alive(() => inner.park(spans)),
      parked: () => alive(() => inner.parked()),
      gaps: (limit) => alive(() => inner.gaps(limit)),
      close: async () => undefined,
    };
  }

  return { open, appended, states, commits, fail: (times) => void (failures = times), corrupt: (rule, text) => void states.set(rule, text) };
}
