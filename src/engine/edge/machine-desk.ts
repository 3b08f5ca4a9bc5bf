import type { Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Signal } from '../../model/asset.ts';
import { keysOf } from '../../model/contract.ts';
import { spanMs, type LimitValues } from '../../model/limit.ts';
import type { Machine } from '../../model/machine.ts';
import { rankOf } from '../../model/priority.ts';
import type { Recorder } from '../telemetry/recorder.ts';
import { spanIdOf, traceparentOf } from '../trace/trace-context.ts';
import { toldChange } from './machine-change.ts';
import { afterHolding, emptyMachineMemory, machineMemoryText, parseMachineMemory, type Change, type Heard, type MachineMemory } from './machine-memory.ts';
import { doubtRow, holdingRow, machineFingerprint, machineRecordName, machineRecordText } from './machine-record.ts';
import { afterValue } from './machine-value.ts';
import type { FilterCounts, Sample } from './normalise.ts';
import type { QuarantineDesk } from './quarantine-desk.ts';
import type { RuleCommitter, Stateful } from './rule-committer.ts';
import { eventBody, type RuleEvent } from './rule-event.ts';

export interface MachineDeskParts {
  readonly edge: string;
  readonly machines: Iterable<Machine>;
  readonly limits: LimitValues;
  /** What the store holds, by what it is stored as. */
  readonly stored: ReadonlyMap<string, string>;
  readonly committer: Pick<RuleCommitter, 'append' | 'changed'>;
  readonly quarantine: Pick<QuarantineDesk, 'put'>;
  readonly counts: FilterCounts;
  /** Whether a rule is on the signal, which counts what of it is late. */
  readonly isJudged: (signal: Signal) => boolean;
  readonly clock: Clock;
  /** Keeps what decides beside the values, for a backtest. */
  readonly recorder?: Pick<Recorder, 'rows' | 'hasten'>;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

/** The machines of an edge that tell what state they are in. */
export interface MachineDesk {
  /** Whether a machine's state or reason is told by the signal. */
  watches(signal: Pick<Signal, 'name'>): boolean;
  take(sample: Sample): void;
  /** Looks at what was said last and holds on, up to the moment that `heldToMs` says. */
  hold(heldToMs: (signal: Signal) => number | undefined): void;
  /** What these signals said was not heard, or what they said last may not be so any more. */
  missed(signals: Iterable<Pick<Signal, 'name'>>): void;
  /** All that is known of each now, by what it is recorded as. */
  told(): Readonly<Record<string, string>>;
}

/** A machine that is followed. */
interface Followed extends Stateful {
  readonly machine: Machine;
  readonly dwellMs: number;
  memory: MachineMemory;
}

/** Undefined where no machine is declared. Raises STORE_NEWER where a newer Lineshaft stored a state. */
export function machineDesk(parts: MachineDeskParts): MachineDesk | undefined {
  const { edge, committer, quarantine, counts, log, clock, recorder } = parts;
  const followed = [...parts.machines].map(follow);
  if (followed.length === 0) return undefined;
  const byState = Map.groupBy(followed, ({ machine }) => machine.on.name);
  const bySignal = new Map<string, Followed[]>();
  for (const each of followed) {
    const { on, reason } = each.machine;
    for (const name of new Set([on.name, reason?.name ?? on.name])) bySignal.set(name, [...(bySignal.get(name) ?? []), each]);
  }

  function follow(machine: Machine): Followed {
    const storedAs = machineRecordName(machine);
    const own = {
      machine,
      dwellMs: spanMs(machine.dwell, parts.limits),
      memory: restored(machine, parts.stored.get(storedAs)),
      storedAs,
      stateText: () => machineMemoryText(own.memory),
    };
    return own;
  }

  function restored({ name }: Machine, text: string | undefined): MachineMemory {
    if (text === undefined) return emptyMachineMemory;
    try {
      return parseMachineMemory(text, name);
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'INPUT_INVALID') throw error;
      log(`${error.message} The machine's state is learned anew.`, { machine: name });
      quarantine.put(`machine:${name}`, error.message, text);
      return emptyMachineMemory;
    }
  }

  function keep(each: Followed, { memory, change }: Pick<Heard, 'memory' | 'change'>): void {
    if (memory === each.memory) return;
    each.memory = memory;
    committer.changed(each);
    if (!change) return;
    committer.append(each, changeEvent(edge, each.machine, change));
    recorder?.hasten();
  }

  /** Whether it was late. */
  function hear(each: Followed, { signal, ...sample }: Sample): boolean {
    const heard = afterValue(each.machine, each.memory, { ...sample, signal: signal.name }, each.dwellMs);
    if (heard.verdict === 'unknown') quarantine.put(signal.address, `unknown state: the machine "${each.machine.name}" does not say what it means`, String(sample.value));
    keep(each, heard);
    return heard.verdict === 'late';
  }

  function doubt(each: Followed): void {
    if (each.memory.isDoubted === true) return;
    each.memory = { ...each.memory, isDoubted: true };
    recorder?.rows([doubtRow(each.machine, clock.now())]);
  }

  return {
    watches: ({ name }) => bySignal.has(name),
    take(sample) {
      const { signal } = sample;
      const isLate =
        bySignal
          .get(signal.name)
          ?.map((each) => hear(each, sample))
          .includes(true) === true;
      if (isLate && !parts.isJudged(signal)) counts.late++;
    },
    hold(heldToMs) {
      for (const each of followed) {
        const toMs = each.memory.coming && heldToMs(each.machine.on);
        if (toMs === undefined) continue;
        const heard = afterHolding(each.memory, toMs, each.dwellMs);
        if (heard.memory === each.memory) continue;
        recorder?.rows([holdingRow(each.machine, toMs, clock.now())]);
        keep(each, heard);
      }
    },
    missed(signals) {
      for (const { name } of signals) for (const each of byState.get(name) ?? []) doubt(each);
    },
    told: () => Object.fromEntries(followed.map(({ machine, memory, dwellMs, storedAs }) => [storedAs, machineRecordText(memory, machineFingerprint(machine, dwellMs))])),
  };
}

function changeEvent(edge: string, machine: Machine, change: Change): RuleEvent {
  const { emit: contract, on } = machine;
  const { id, atMs, data } = toldChange(machine, change);
  const body = eventBody({ edge, asset: on.asset, contract, id, atMs, traced: { traceparent: traceparentOf(id, spanIdOf(id)) }, data });
  const keys = [machineRecordName(machine), ...Object.values(keysOf(contract.keys, data)).map((key) => `key ${key}`)];
  return { id, contract: contract.name, body, keys, rank: rankOf(contract) };
}
