import { stateOf, type Machine } from '../../model/machine.ts';
import type { TelemetryRow } from '../telemetry/telemetry-rows.ts';
import { afterReason, afterState, type Heard, type MachineMemory } from './machine-memory.ts';

/** `unknown`: the machine does not say which state the value is. `left out`: a value in doubt, of a device's own history, or that nobody said. */
export type ValueHeard = Omit<Heard, 'verdict'> & { readonly verdict: Heard['verdict'] | 'unknown' | 'left out' };

/** Characters of a reason; the rest is cut. */
const reasonMax = 256;
/** The furthest moment that a date can tell, milliseconds. */
const momentMaxMs = 8.64e15;

/** What a value makes of a machine, on the edge as in a backtest. Pure. */
export function afterValue(machine: Machine, before: MachineMemory, sample: TelemetryRow, dwellMs: number): ValueHeard {
  const { value, atMs, signal, quality, historical, held, receivedMs } = sample;
  if (quality !== 'good' || historical || held === true || Math.abs(atMs) > momentMaxMs) return { memory: before, verdict: 'left out' };
  const memory = machine.reason?.name === signal ? afterReason(before, reasonGiven(machine, value, atMs)) : before;
  if (machine.on.name !== signal) return { memory, verdict: 'taken' };
  const state = stateOf(machine, value);
  return state === undefined ? { memory, verdict: 'unknown' } : afterState(memory, { state, atMs }, dwellMs, receivedMs);
}

function reasonGiven({ noReason }: Machine, value: TelemetryRow['value'], atMs: number) {
  const said = String(value).slice(0, reasonMax);
  return { ...(!noReason.includes(said) && { reason: said }), atMs };
}
