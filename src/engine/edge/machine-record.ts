// What a recording tells of a machine beside its values, so that it can be followed again as it was.
import { Type } from 'typebox';
import { canonicalJson } from '../../kernel/canonical-json.ts';
import { Fault } from '../../kernel/errors.ts';
import { hashId } from '../../kernel/ids.ts';
import { parse, schema } from '../../kernel/schema.ts';
import type { Machine } from '../../model/machine.ts';
import type { RecordedSample } from '../telemetry/recorder.ts';
import { memoryFields, type MachineMemory } from './machine-memory.ts';

/** What a machine is stored and recorded as: a blank is in no name, so that a rule or signal may be called as a machine is. */
export function machineRecordName({ name }: Pick<Machine, 'name'>): string {
  return `machine ${name}`;
}

/** Which machines judge alike: what one held under other terms is no start for it. */
export function machineFingerprint({ on, reason, codes, levels, noReason }: Machine, dwellMs: number): string {
  return hashId(canonicalJson({ on: on.name, reason: reason?.name ?? '', codes, levels: levels ?? {}, noReason, dwellMs })).slice(0, 16);
}

/** The state said last was seen to hold up to a moment, and that decided. Among the values, in its place. */
export function holdingRow(machine: Pick<Machine, 'name'>, toMs: number, nowMs: number): RecordedSample {
  return { signal: { name: machineRecordName(machine) }, value: 0, atMs: toMs, receivedMs: nowMs, quality: 'good', historical: false, held: true };
}

/** From here on nobody knows whether what was said last goes on. */
export function doubtRow(machine: Pick<Machine, 'name'>, nowMs: number): RecordedSample {
  return { signal: { name: machineRecordName(machine) }, value: 0, atMs: nowMs, receivedMs: nowMs, quality: 'stale', historical: false };
}

const shape = schema(
  Type.Object({
    version: Type.Literal(1),
    fingerprint: Type.String(),
    ...memoryFields,
    lateSinceMs: Type.Optional(Type.Number()),
    isDoubted: Type.Optional(Type.Boolean()),
  }),
);

/** All that an edge knows of a machine at a moment. */
export function machineRecordText(memory: MachineMemory, fingerprint: string): string {
  return JSON.stringify({ version: 1, fingerprint, ...memory });
}

/** What `machineRecordText` wrote. Raises INPUT_INVALID where it is damaged or of a newer Lineshaft. */
export function parseMachineRecord(text: string, { name }: Pick<Machine, 'name'>): { readonly memory: MachineMemory; readonly fingerprint: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Fault('INPUT_INVALID', `What a recording holds of the machine "${name}" is no JSON.`, { machine: name }, error);
  }
  const { version: _, fingerprint, ...memory } = parse(shape, value, `What a recording holds of the machine "${name}"`);
  return { memory, fingerprint };
}
