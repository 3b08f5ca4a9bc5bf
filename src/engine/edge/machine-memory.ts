import { Type } from 'typebox';
import { Fault } from '../../kernel/errors.ts';
import { parse, schema } from '../../kernel/schema.ts';
import { lateSince } from '../rules/lateness.ts';
import { stateAfter, type StateChange, type StateSample } from '../../model/machine-state.ts';
import { packmlStates, type PackmlState } from '../../model/packml.ts';

/** A reason that began to hold at a moment; undefined where none does. */
export interface Given {
  readonly reason?: string | undefined;
  readonly atMs: number;
}

/** What an edge remembers of a machine: plain JSON, of a size that does not grow. Times are source time, epoch milliseconds. */
export interface MachineMemory {
  /** The state that the machine is in, since when. */
  readonly settled?: StateSample<PackmlState> | undefined;
  /** A state that has not lasted for the dwell yet, since when. */
  readonly coming?: StateSample<PackmlState> | undefined;
  readonly newestMs?: number | undefined;
  /** Up to when it is known that what was said last held, though nobody repeated it. */
  readonly heldMs?: number | undefined;
  /** Since when, by the edge's clock, nothing but late samples has come. */
  readonly lateSinceMs?: number | undefined;
  /** Nobody was there to hear whether the coming state lasted. */
  readonly isDoubted?: boolean | undefined;
  /** Those that held since the settled state began, oldest first. */
  readonly given: readonly Given[];
}

export const emptyMachineMemory: MachineMemory = { given: [] };

/** A state that was left, with its reason, and the one that follows, with what is known of its reason yet. */
export interface Change {
  readonly change: StateChange<PackmlState>;
  readonly reason: string | undefined;
  readonly toReason: string | undefined;
}

/** What one word of a machine gives. */
export interface Heard {
  readonly memory: MachineMemory;
  readonly verdict: 'taken' | 'late';
  readonly change?: Change | undefined;
}

/** Reasons of one state that are kept; the oldest make room. */
const givenMax = 16;

/**
 * Takes one word on the state. A state counts once it has lasted for `dwellMs`, the first one, too, of which nothing is told; so no state that is
 * told of is shorter, and none follows itself. A sample that is older than the newest one is late and changes nothing, unless
 * nothing else comes for long. Pure.
 */
export function afterState(before: MachineMemory, sample: StateSample<PackmlState>, dwellMs: number, receivedMs: number): Heard {
  const isLate = before.newestMs !== undefined && sample.atMs < before.newestMs;
  const lateSinceMs = lateSince({ atMs: before.newestMs ?? -Infinity, lateSinceMs: before.lateSinceMs }, sample.atMs, receivedMs);
  if (lateSinceMs !== undefined) return { memory: { ...before, lateSinceMs }, verdict: 'late' };
  const memory: MachineMemory = isLate ? emptyMachineMemory : { ...before, lateSinceMs: undefined };
  // What was seen to hold stays so: a change that is told afterwards, of a moment within, counts from its end.
  const atMs = Math.max(sample.atMs, memory.heldMs ?? sample.atMs);
  const isRefuted = memory.isDoubted === true && memory.coming?.state !== sample.state;
  const known = { ...memory, newestMs: sample.atMs, isDoubted: undefined, ...(isRefuted && { coming: undefined }) };
  return stepped(known, { state: sample.state, atMs }, dwellMs);
}

/** The same where nobody said it: what was said last has held up to this moment. */
export function afterHolding(memory: MachineMemory, toMs: number, dwellMs: number): Heard {
  const { coming, heldMs = -Infinity } = memory;
  if (!coming || memory.isDoubted === true || toMs <= heldMs || toMs - coming.atMs < dwellMs) return { memory, verdict: 'taken' };
  return stepped({ ...memory, heldMs: toMs }, { state: coming.state, atMs: toMs }, dwellMs);
}

function stepped(memory: MachineMemory, sample: StateSample<PackmlState>, dwellMs: number): Heard {
  const { settled, coming } = memory.settled ? memory : firstSettled(memory, sample, dwellMs);
  if (!settled) return { memory: { ...memory, coming }, verdict: 'taken' };
  const { memory: after, change } = stateAfter({ settled, coming }, sample, dwellMs);
  if (!change) return { memory: { ...memory, ...after }, verdict: 'taken' };
  const { from, to } = change;
  const told = { change, reason: reasonOf(memory.given, from.state, from.fromMs, from.toMs), toReason: reasonOf(memory.given, to.state, to.atMs, Infinity) };
  const oldest = Math.max(
    0,
    memory.given.findLastIndex((given) => given.atMs <= to.atMs),
  );
  return { memory: { ...memory, ...after, given: memory.given.slice(oldest) }, verdict: 'taken', change: told };
}

/** Of a machine that nothing is known of, the first state that lasts. */
function firstSettled({ coming }: MachineMemory, sample: StateSample<PackmlState>, dwellMs: number): Pick<MachineMemory, 'settled' | 'coming'> {
  if (coming && sample.atMs - coming.atMs >= dwellMs) return { settled: coming, coming: undefined };
  return { settled: undefined, coming: coming?.state === sample.state ? coming : sample };
}

/** Takes one word on the reason; one that is older than the last changes nothing. */
export function afterReason(memory: MachineMemory, given: Given): MachineMemory {
  const last = memory.given.at(-1);
  if (last && (last.atMs > given.atMs || last.reason === given.reason)) return memory;
  const before = last?.atMs === given.atMs ? memory.given.slice(0, -1) : memory.given;
  return { ...memory, given: [...before, given].slice(-givenMax) };
}

/** The reason of the state that goes on, as far as one is known; undefined of a machine whose state is not known. */
export function reasonNow({ settled, given }: MachineMemory): string | undefined {
  return settled && reasonOf(given, settled.state, settled.atMs, Infinity);
}

/** The last reason that held in a stretch of time. A machine that executes needs none. */
function reasonOf(given: readonly Given[], state: PackmlState, fromMs: number, toMs: number): string | undefined {
  if (state === 'Execute') return undefined;
  for (const { reason, atMs } of given.toReversed()) {
    if (atMs >= toMs) continue;
    if (reason !== undefined) return reason;
    if (atMs <= fromMs) return undefined;
  }
  return undefined;
}

const moment = Type.Number();
const spoken = Type.Object({ state: Type.Enum([...packmlStates]), atMs: moment });
/** What is stored of a memory. */
export const memoryFields = {
  settled: Type.Optional(spoken),
  coming: Type.Optional(spoken),
  newestMs: Type.Optional(moment),
  heldMs: Type.Optional(moment),
  given: Type.Array(Type.Object({ reason: Type.Optional(Type.String()), atMs: moment }), { maxItems: givenMax }),
};
const shape = schema(Type.Object({ version: Type.Literal(1), ...memoryFields }));
const versionShape = schema(Type.Object({ version: Type.Integer({ minimum: 2 }) }));

/** What `parseMachineMemory` reads. */
export function machineMemoryText({ settled, coming, newestMs, heldMs, given }: MachineMemory): string {
  return JSON.stringify({ version: 1, settled, coming, newestMs, heldMs, given });
}

/** A memory from its stored text; what came between is not known. Raises STORE_NEWER where a newer Lineshaft wrote it, and INPUT_INVALID where it is damaged. */
export function parseMachineMemory(text: string, machine: string): MachineMemory {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Fault('INPUT_INVALID', `The stored state of the machine "${machine}" is no JSON.`, { machine }, error);
  }
  if (versionShape.check(value)) throw new Fault('STORE_NEWER', `The state of the machine "${machine}" has version ${value.version}; this Lineshaft knows version 1.`, { machine });
  const { version: _, ...memory } = parse(shape, value, `The stored state of the machine "${machine}"`);
  return { ...memory, isDoubted: true };
}
