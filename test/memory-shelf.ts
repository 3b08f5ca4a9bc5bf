// Where an edge's recording goes in a test, and a clock whose timers die with the edge that set them.
import type { TelemetryShelf } from '../src/engine/telemetry/recorder.ts';
import { readBlocks, type TelemetryBlock } from '../src/engine/telemetry/telemetry-block.ts';
import type { Clock } from '../src/kernel/clock.ts';

/** A shelf that keeps blocks in memory; `filesOf` blocks make a file. */
export function memoryShelf(filesOf = 3): TelemetryShelf & { readonly blocks: () => TelemetryBlock[] } {
  const kept: Uint8Array[] = [];
  return {
    beginsFile: () => kept.length % filesOf === 0,
    append: async (block) => void kept.push(block),
    bytesMax: Infinity,
    bytes: () => kept.reduce((sum, { length }) => sum + length, 0),
    hold: async () => 0,
    shedOldest: async () => 0,
    close: async () => undefined,
    blocks: () => kept.flatMap((bytes) => [...readBlocks(Buffer.from(bytes))]),
  };
}

/** A clock whose timers end with the process that set them. */
export function mortal(clock: Clock, life: AbortSignal): Clock {
  const living = (act: () => void) => (): void => (life.aborted ? undefined : act());
  return { ...clock, after: (ms, act) => clock.after(ms, living(act)), at: (ms, act) => clock.at(ms, living(act)) };
}
