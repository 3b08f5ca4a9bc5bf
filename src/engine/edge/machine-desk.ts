import type { Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import { hashId } from '../../kernel/ids.ts';
import { ancestorAt, type Signal } from '../../model/asset.ts';
import { keysOf } from '../../model/contract.ts';
import { spanMs, type LimitValues } from '../../model/limit.ts';
import { stateOf, type Machine, type StateChanged } from '../../model/machine.ts';
import { rankOf } from '../../model/priority.ts';
import { spanIdOf, traceparentOf } from '../trace/trace-context.ts';
import { afterHolding, afterReason, afterState, emptyMachineMemory, machineMemoryText, parseMachineMemory, type Change, type Heard, type MachineMemory } from './machine-memory.ts';
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
}

/** A machine that is followed. */
interface Followed extends Stateful {
  readonly machine: Machine;
  readonly dwellMs: number;
  memory: MachineMemory;
}

/** Characters of a reason; the rest is cut. */
const reasonMax = 256;
/** The furthest moment that a date can tell, milliseconds. */
const momentMaxMs = 8.64e15;

/** Undefined where no machine is declared. Raises STORE_NEWER where a newer Lineshaft stored a state. */
export function machineDesk(parts: MachineDeskParts): MachineDesk | undefined {
  const { edge, committer, quarantine, counts, log } = parts;
  const followed = [...parts.machines].map(follow);
  if (followed.length === 0) return undefined;
  const byState = Map.groupBy(followed, ({ machine }) => machine.on.name);
  const byReason = Map.groupBy(
    followed.filter(({ machine }) => machine.reason),
    ({ machine }) => machine.reason?.name ?? '',
  );

  function follow(machine: Machine): Followed {
    // A blank is in no name, so that a rule may be called as a machine is.
    const storedAs = `machine ${machine.name}`;
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
    if (change) committer.append(each, changeEvent(edge, each.machine, change));
  }

  /** Whether it was late. */
  function say(each: Followed, { value, atMs, signal }: Sample): boolean {
    const state = stateOf(each.machine, value);
    if (state === undefined) {
      quarantine.put(signal.address, `unknown state: the machine "${each.machine.name}" does not say what it means`, String(value));
      return false;
    }
    const heard = afterState(each.memory, { state, atMs }, each.dwellMs, parts.clock.now());
    keep(each, heard);
    return heard.verdict === 'late';
  }

  function explain(each: Followed, { value, atMs }: Sample): void {
    const said = String(value).slice(0, reasonMax);
    const memory = afterReason(each.memory, { ...(!each.machine.noReason.includes(said) && { reason: said }), atMs });
    keep(each, { memory });
  }

  return {
    watches: ({ name }) => byState.has(name) || byReason.has(name),
    take(sample) {
      const { signal, quality, historical, held, atMs } = sample;
      const [told, explained] = [byState.get(signal.name), byReason.get(signal.name)];
      if ((!told && !explained) || quality !== 'good' || historical || held === true || Math.abs(atMs) > momentMaxMs) return;
      for (const each of explained ?? []) explain(each, sample);
      const isLate = told?.map((each) => say(each, sample)).includes(true) === true;
      if (isLate && !parts.isJudged(signal)) counts.late++;
    },
    hold(heldToMs) {
      for (const each of followed) {
        const toMs = each.memory.coming && heldToMs(each.machine.on);
        if (toMs !== undefined) keep(each, afterHolding(each.memory, toMs, each.dwellMs));
      }
    },
    missed(signals) {
      for (const { name } of signals) for (const each of byState.get(name) ?? []) if (each.memory.isDoubted !== true) each.memory = { ...each.memory, isDoubted: true };
    },
  };
}

/** Its id says which machine went to which state when, so that what is judged twice is known to be the same. */
function changeEvent(edge: string, machine: Machine, { change: { from, to }, reason, toReason }: Change): RuleEvent {
  const { emit: contract, on } = machine;
  const { asset } = on;
  const data: StateChanged = {
    asset: asset.name,
    line: (ancestorAt(asset, 'line') ?? asset).name,
    from: from.state,
    to: to.state,
    since: new Date(to.atMs).toISOString(),
    lasted: to.atMs - from.fromMs,
    ...(reason !== undefined && { reason }),
    ...(toReason !== undefined && { toReason }),
  };
  const id = hashId('machine', machine.name, asset.name, to.state, String(to.atMs));
  const body = eventBody({ edge, asset, contract, id, atMs: to.atMs, traced: { traceparent: traceparentOf(id, spanIdOf(id)) }, data });
  const keys = [`machine ${machine.name}`, ...Object.values(keysOf(contract.keys, data)).map((key) => `key ${key}`)];
  return { id, contract: contract.name, body, keys, rank: rankOf(contract) };
}
