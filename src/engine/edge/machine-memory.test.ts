import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PackmlState } from '../../model/packml.ts';
import { afterHolding, afterReason, afterState, emptyMachineMemory, machineMemoryText, parseMachineMemory, type Change, type MachineMemory } from './machine-memory.ts';

const dwellMs = 5_000;
const states = ['Execute', 'Held', 'Suspended'] as const satisfies readonly PackmlState[];
/** What an edge hears, or undergoes, a while after the one before. */
interface Word {
  readonly afterMs: number;
  readonly said:
    | { readonly kind: 'state'; readonly state: PackmlState }
    | { readonly kind: 'reason'; readonly reason: string | undefined }
    | { readonly kind: 'holding' }
    | { readonly kind: 'restart' };
}
const word: fc.Arbitrary<Word> = fc.record({
  /** Some go back in time, some repeat a moment. */
  afterMs: fc.integer({ min: -2_000, max: 12_000 }),
  said: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...states).map((state) => ({ kind: 'state' as const, state })) },
    { weight: 1, arbitrary: fc.constantFrom('film tears', 'knife blunt', undefined).map((reason) => ({ kind: 'reason' as const, reason })) },
    { weight: 2, arbitrary: fc.constant({ kind: 'holding' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  ),
});

/** The words one after the other, as an edge hears them whose clock stands still: nothing was set back. */
function changesOf(words: readonly Word[]): readonly Change[] {
  const changes: Change[] = [];
  let [memory, atMs]: [MachineMemory, number] = [emptyMachineMemory, 1_000_000];
  for (const { afterMs, said } of words) {
    atMs += afterMs;
    if (said.kind === 'reason') memory = afterReason(memory, { reason: said.reason, atMs });
    else if (said.kind === 'restart') memory = parseMachineMemory(machineMemoryText(memory), 'packer');
    else {
      const heard = said.kind === 'state' ? afterState(memory, { state: said.state, atMs }, dwellMs, 0) : afterHolding(memory, atMs, dwellMs);
      memory = heard.memory;
      if (heard.change) changes.push(heard.change);
    }
    expect(memory.given.length).toBeLessThanOrEqual(16);
  }
  return changes;
}

test('no state follows itself, none that is told of is shorter than the dwell, and each begins where the one before ended', () => {
  let told = 0;
  fc.assert(
    fc.property(fc.array(word, { minLength: 10, maxLength: 60 }), (words) => {
      const changes = changesOf(words);
      told += changes.length;
      for (const [index, { change }] of changes.entries()) {
        expect(change.from.state).not.toBe(change.to.state);
        expect(change.from.toMs - change.from.fromMs).toBeGreaterThanOrEqual(dwellMs);
        expect(change.to.atMs).toBe(change.from.toMs);
        const before = changes[index - 1];
        if (before) expect([change.from.state, change.from.fromMs]).toEqual([before.change.to.state, before.change.to.atMs]);
      }
    }),
    { seed: 5, numRuns: 500 },
  );
  expect(told).toBeGreaterThan(500);
});

test('the reason of a state is the last one that held while it lasted: not the next one, nor one that was taken back before', () => {
  const reasons = (given: readonly (readonly [reason: string | undefined, seconds: number])[]): Pick<Change, 'reason' | 'toReason'>[] => {
    let memory: MachineMemory = emptyMachineMemory;
    for (const [reason, seconds] of given) memory = afterReason(memory, { reason, atMs: seconds * 1_000 });
    const found = [];
    for (const [state, seconds] of [
      ['Execute', 0],
      ['Held', 60],
      ['Held', 70],
      ['Suspended', 100],
      ['Suspended', 110],
    ] as const) {
      const { memory: after, change } = afterState(memory, { state, atMs: seconds * 1_000 }, dwellMs, 0);
      memory = after;
      if (change) found.push({ reason: change.reason, toReason: change.toReason });
    }
    return found;
  };
  // A code that is never taken back goes on; while the machine executes it means nothing.
  expect(reasons([['film tears', 10]])).toEqual([
    { reason: undefined, toReason: 'film tears' },
    { reason: 'film tears', toReason: 'film tears' },
  ]);
  expect(
    reasons([
      ['film tears', 10],
      [undefined, 60],
      ['jam', 100],
    ])[1],
  ).toEqual({ reason: undefined, toReason: 'jam' });
  expect(
    reasons([
      ['film tears', 61],
      [undefined, 99],
    ])[1],
  ).toEqual({ reason: 'film tears', toReason: undefined });
});

test('of a state with many reasons the newest are remembered', () => {
  let memory: MachineMemory = emptyMachineMemory;
  for (let index = 0; index < 100; index++) memory = afterReason(memory, { reason: `reason ${index}`, atMs: index });
  expect(memory.given).toHaveLength(16);
  expect(memory.given.at(-1)).toEqual({ reason: 'reason 99', atMs: 99 });
});
