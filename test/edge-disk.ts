// An edge's durable memory that outlives its "process", fails when told to, and can die with a commit under way.
import { Fault } from '../src/kernel/errors.ts';
import type { BufferedEvent, EdgeStore, KeptGap } from '../src/store/edge-store.ts';

export interface EdgeDisk {
  /** What a process sees; it ends with `kill`. */
  open(): EdgeStore & { kill(): void };
  /** Ids in the order of appending, repeats included: what would be doubled if the store did not look. */
  readonly appended: readonly string[];
  readonly states: ReadonlyMap<string, string>;
  /** What each commit brought. */
  readonly commits: readonly { readonly states: readonly string[]; readonly ids: readonly string[] }[];
  /** The next commits fail. */
  fail(times: number): void;
  corrupt(rule: string, text: string): void;
}

export function edgeDisk(): EdgeDisk {
  const states = new Map<string, string>();
  const notes = new Map<string, string>();
  const known = new Set<string>();
  const appended: string[] = [];
  const commits: { states: string[]; ids: string[] }[] = [];
  const troubles = new Map<string, { address: string; reason: string; raw: string; firstMs: number; lastMs: number; count: number }>();
  const gaps: KeptGap[] = [];
  let buffer: BufferedEvent[] = [];
  let position = 0;
  let failures = 0;

  function open(): EdgeStore & { kill(): void } {
    let isDead = false;
    /** A dead process never hears of anything again. */
    const alive = async <Value>(value: Value): Promise<Value> => {
      await new Promise((resolve) => setImmediate(resolve));
      return isDead ? new Promise<Value>(() => undefined) : value;
    };
    return {
      kill: () => void (isDead = true),
      async commit(change) {
        await alive(undefined);
        if (failures > 0) {
          failures--;
          throw new Fault('STORE_UNAVAILABLE', 'The disk is full.');
        }
        for (const [rule, text] of change.states) states.set(rule, text);
        for (const event of change.append) {
          appended.push(event.id);
          if (known.has(event.id)) continue;
          known.add(event.id);
          buffer.push({ ...event, position: ++position });
        }
        commits.push({ states: [...change.states.keys()], ids: change.append.map(({ id }) => id) });
        await alive(undefined);
      },
      states: async () => alive(new Map(states)),
      pending: async (limit) => alive(buffer.slice(0, limit)),
      depth: async () => alive(buffer.length),
      async addGaps(more) {
        await alive(undefined);
        gaps.push(...more);
      },
      gaps: async (limit) => alive({ kept: gaps.length, newest: gaps.toReversed().slice(0, limit) }),
      async acknowledge(upTo) {
        await alive(undefined);
        buffer = buffer.filter((event) => event.position > upTo);
      },
      note: async (name) => alive(notes.get(name)),
      setNote: async (name, text) => void notes.set(name, text),
      async quarantine({ address, reason, raw, atMs }) {
        await alive(undefined);
        const before = troubles.get(`${address} ${reason}`);
        troubles.set(`${address} ${reason}`, { address, reason, raw, firstMs: before?.firstMs ?? atMs, lastMs: atMs, count: (before?.count ?? 0) + 1 });
      },
      quarantined: async (limit) => alive([...troubles.values()].slice(0, limit)),
      close: async () => undefined,
    };
  }

  return { open, appended, states, commits, fail: (times) => void (failures = times), corrupt: (rule, text) => void states.set(rule, text) };
}
