// A store is written to in laps of so many pieces, several commits at once, and what each lap cost is kept: for curves over what grows.

export interface Lap {
  /** Of this process, for one piece. */
  readonly cpuUs: number;
  readonly wallUs: number;
}

export interface LapsOptions {
  readonly total: number;
  readonly lap: number;
  /** Pieces written by one call of `write`; a lap is a multiple of it. */
  readonly each: number;
  /** Writes the pieces from this number on. */
  write(from: number): Promise<void>;
  /** Called after lap 1, 2, 4, 8 … and every ten. */
  tell(written: number, laps: readonly Lap[]): void;
}

/** As a hub commits under load: the next is there when the store is through with one. */
const writesAtOnce = 3;

/** Raises what a write raises. */
export async function writtenInLaps({ total, lap, each, write, tell }: LapsOptions): Promise<readonly Lap[]> {
  const laps: Lap[] = [];
  for (let next = 0; next < total;) {
    const end = next + lap;
    const before = { ms: performance.now(), cpu: process.cpuUsage() };
    const lane = async (): Promise<void> => {
      while (next < end) {
        const from = next;
        next += each;
        await write(from);
      }
    };
    await Promise.all(Array.from({ length: writesAtOnce }, lane));
    const { user, system } = process.cpuUsage(before.cpu);
    laps.push({ cpuUs: (user + system) / lap, wallUs: ((performance.now() - before.ms) * 1_000) / lap });
    if (Number.isInteger(Math.log2(laps.length)) || laps.length % 10 === 0) tell(next, laps);
  }
  return laps;
}

/** In no order, the same for the same number: two words of eight hexadecimal digits. */
export function mixedWords(number: number): readonly [number, number] {
  const mixed = Math.imul(number + 1, 0x9e3779b1) >>> 0;
  return [mixed, Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) >>> 0];
}

export function hexOf(word: number): string {
  return word.toString(16).padStart(8, '0');
}
