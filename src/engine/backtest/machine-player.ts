import type { Machine } from '../../model/machine.ts';
import { toldChange, type ToldChange } from '../edge/machine-change.ts';
import { afterHolding, emptyMachineMemory, type Change, type MachineMemory } from '../edge/machine-memory.ts';
import { machineRecordName, parseMachineRecord } from '../edge/machine-record.ts';
import { afterValue } from '../edge/machine-value.ts';
import { sampleAt, type SignalColumns, type TelemetryMark } from '../telemetry/telemetry-block.ts';
import type { Player } from './playing.ts';

/** A change of state with the state that it ended. */
export interface PlayedChange extends ToldChange, Pick<Change, 'change'> {}

/** Follows a machine through recorded telemetry, as the edge would have. */
export interface MachinePlayer extends Player {
  /** In the order of deciding; each once, as the log of a hub has it. */
  readonly changes: readonly PlayedChange[];
  readonly memory: MachineMemory;
  /** Values that were not taken. */
  readonly refused: Readonly<Record<'late' | 'unknown', number>>;
}

export interface MachinePlayerParts {
  readonly machine: Machine;
  readonly dwellMs: number;
  /** Of the terms that the machine is followed by. */
  readonly fingerprint: string;
}

export function machinePlayer({ machine, dwellMs, fingerprint }: MachinePlayerParts): MachinePlayer {
  const recordName = machineRecordName(machine);
  const changes = new Map<string, PlayedChange>();
  const refused = { late: 0, unknown: 0 };
  let memory = emptyMachineMemory;
  let hasBegun = false;
  let [own, all] = [0, 0];

  function keep({ memory: after, change }: { readonly memory: MachineMemory; readonly change?: Change | undefined }): void {
    memory = after;
    if (!change) return;
    const told = toldChange(machine, change);
    // What an edge decides again after a kill has the id that it had.
    if (!changes.has(told.id)) changes.set(told.id, { ...told, change: change.change });
  }

  function doubt(): void {
    memory = { ...memory, isDoubted: true };
  }

  function take(mark: TelemetryMark): void {
    if (mark.kind === 'stale') {
      if (mark.signals.includes(machine.on.name)) doubt();
      return;
    }
    if (hasBegun && mark.reason === 'file') return;
    hasBegun = true;
    const text = mark.states[recordName];
    const stored = text === undefined ? undefined : parseMachineRecord(text, machine);
    if (stored?.fingerprint === fingerprint) memory = stored.memory;
    // What was held under other terms is no start, and between two recordings nobody heard whether a state lasted.
    else doubt();
  }

  function judge({ signal, ...sample }: Row): void {
    if (signal !== recordName) {
      const heard = afterValue(machine, memory, { ...sample, signal }, dwellMs);
      if (heard.verdict === 'late' || heard.verdict === 'unknown') refused[heard.verdict] += 1;
      keep(heard);
    } else if (sample.held) keep(afterHolding(memory, sample.atMs, dwellMs));
    else doubt();
  }

  const names = [...new Set([machine.on.name, machine.reason?.name ?? machine.on.name, recordName])];
  return {
    get changes() {
      return [...changes.values()];
    },
    get memory() {
      return memory;
    },
    refused,
    samples: () => ({ own, all }),
    miss() {
      hasBegun = false;
      doubt();
    },
    play(block) {
      const cursors = names.flatMap((name) => block.columns(name) ?? []).map(rowCursor);
      own += block.signals.get(machine.on.name) ?? 0;
      all += names.reduce((sum, name) => sum + (block.signals.get(name) ?? 0), 0);
      const marks = block.marks.toSorted((a, b) => a.row - b.row);
      for (const stop of [...marks, undefined]) {
        for (let next = first(cursors); next && next.row() < (stop?.row ?? Infinity); next = first(cursors)) judge(next.take());
        if (stop) take(stop);
      }
    },
  };
}

type Row = Parameters<typeof afterValue>[2] & { readonly held: boolean };

interface RowCursor {
  /** Of the next value; ∞ at the end. */
  row(): number;
  take(): Row;
}

function first(cursors: readonly RowCursor[]): RowCursor | undefined {
  let found: RowCursor | undefined;
  for (const each of cursors) if (each.row() < (found?.row() ?? Infinity)) found = each;
  return found;
}

function rowCursor(columns: SignalColumns): RowCursor {
  const { signal, count, rows, words } = columns;
  let index = 0;
  return {
    row: () => (index < count ? (rows[index] ?? Infinity) : Infinity),
    take() {
      const sample = sampleAt(columns, index++);
      return { ...sample, signal, value: words?.[sample.value] ?? sample.value };
    },
  };
}
