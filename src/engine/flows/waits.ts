import type { Contract, KeyName } from '../../model/contract.ts';
import { eventType } from '../../model/contract.ts';
import type { EventRecord } from '../../store/store.ts';
import { waitsHeldMs } from '../restored.ts';
import { claim, deliver, ended, type Ask, type Claim, type LiveRun, type Pause, type StepEnd } from './live-run.ts';
import { learn } from './provenance.ts';
import type { EventWaiter, StepParts } from './step-parts.ts';

/** Sleeps durably: the time of waking is recorded first. */
export async function sleepFor(run: LiveRun, parts: StepParts, ms: number): Promise<void> {
  const ask: Ask = { kind: 'sleep', mode: 'none', name: 'sleep', as: undefined, input: '{}' };
  const at = claim(run, ask);
  const waiting = ended(run, at.id);
  if (at.recorded?.done === undefined && !isLearntNow(run, parts, at)) {
    const dueMs = at.recorded?.dueMs ?? parts.clock.now() + ms;
    if (!at.recorded) addWait(run, parts, at, ask, dueMs);
    const cancel = parts.clock.at(dueMs, () => finish('null'));
    const finish = (output: string, history?: string): void => {
      run.pauses.delete(at.id);
      cancel();
      end(run, parts, at.id, output, history);
    };
    run.pauses.set(at.id, { end: finish, giveUp: cancel });
  }
  await waiting;
}

/** What ended it is recorded, and its flow did not learn it: a person ended it. A given-up one is awaited for ever. */
function isLearntNow(run: LiveRun, parts: StepParts, { id, recorded }: Claim): boolean {
  if (recorded?.output === undefined) return false;
  if (recorded.status !== 'cancelled') end(run, parts, id, recorded.output, recorded.history);
  return true;
}

export function waitAsk(contract: Pick<Contract, 'name' | 'version'>, keys: Readonly<Partial<Record<KeyName, string>>>, as: string | undefined): Ask {
  return { kind: 'wait', mode: 'none', name: contract.name, as, input: JSON.stringify({ type: eventType(contract), keys }) };
}

/** The event that a wait took: its place in the log and its data. */
interface TakenEvent {
  readonly position: number;
  readonly data: unknown;
}

/**
 * Waits durably for an event with these keys; one that came since the run's own event and was not taken yet counts. Awaits nothing itself:
 * a run may wait for months, and would keep the record of the step and this call's frame in memory.
 */
export function waitForEvent(
  run: LiveRun,
  parts: StepParts,
  contract: Contract,
  keys: Readonly<Partial<Record<KeyName, string>>>,
  withinMs: number,
  as: string | undefined,
): Promise<unknown> {
  const ask = waitAsk(contract, keys, as);
  const at = claim(run, ask);
  const type = eventType(contract);
  const told = toldOf(run, type, ended(run, at.id));
  if (at.recorded?.done === undefined && !isLearntNow(run, parts, at)) {
    const dueMs = at.recorded?.dueMs ?? parts.clock.now() + withinMs;
    if (!at.recorded) addWait(run, parts, at, ask, dueMs);
    new OpenWait(run, parts, { id: at.id, dueMs, isRecorded: at.recorded !== undefined }).begin(type, keys);
  }
  return told;
}

/** The data of the event that a wait took. */
function toldOf(run: LiveRun, type: string, waiting: Promise<StepEnd>): Promise<unknown> {
  return waiting.then(({ id, output }) => {
    // Written by register() only.
    const taken = JSON.parse(output) as TakenEvent | null;
    if (!taken) return undefined;
    run.taken.add(taken.position);
    learn(run.learnt, { event: type, position: taken.position, step: id }, taken.data, output.length);
    return taken.data;
  });
}

interface Wait {
  readonly id: string;
  readonly dueMs: number;
  /** Whether it began in an earlier process. */
  readonly isRecorded: boolean;
}

/** Whichever comes first, the event or the deadline, ends the wait, once. One object, since thousands of runs may wait for months. */
class OpenWait implements EventWaiter, Pause {
  readonly #run: LiveRun;
  readonly #parts: StepParts;
  readonly #wait: Wait;
  #over = false;
  #forget: () => void = nothing;
  #cancel: () => void = nothing;

  constructor(run: LiveRun, parts: StepParts, wait: Wait) {
    this.#run = run;
    this.#parts = parts;
    this.#wait = wait;
  }

  begin(type: string, keys: Readonly<Record<string, string>>): void {
    this.#run.pauses.set(this.#wait.id, this);
    this.#forget = this.#parts.waitForEvent(this.#run, type, keys, this);
  }

  take(position: number, data: string): void {
    if (this.#over) return;
    this.#run.taken.add(position);
    this.end(`{"position":${position},"data":${data}}`);
  }

  // The deadline counts only once it is known that no event in the log was earlier.
  nothingYet(): void {
    if (!this.#over) this.#cancel = this.#parts.clock.at(heldMs(this.#parts, this.#run.event, this.#wait.dueMs), () => this.#expire());
  }

  end(output: string, history?: string): void {
    if (this.#over) return;
    this.giveUp();
    this.#run.pauses.delete(this.#wait.id);
    end(this.#run, this.#parts, this.#wait.id, output, history);
  }

  giveUp(): void {
    this.#over = true;
    this.#forget();
    this.#cancel();
  }

  #expire(): void {
    const leftMs = this.#wait.isRecorded ? this.#parts.redelivery.leftMs() : 0;
    if (leftMs === 0) this.end('null');
    // Asked anew then: a clock that was set back meanwhile makes the deadline one to come.
    else this.#cancel = this.#parts.clock.after(leftMs, () => this.nothingYet());
  }
}

function nothing(): void {
  // There is nothing to let go of yet.
}

/** In a restored log what a run waits for may have come to the hub before: its senders get time to send it again. */
export function heldMs({ restoredAfter }: Pick<StepParts, 'restoredAfter'>, event: EventRecord, dueMs: number): number {
  const restoredMs = restoredAfter(event);
  return restoredMs === undefined ? dueMs : Math.max(dueMs, restoredMs + waitsHeldMs);
}

function addWait(run: LiveRun, parts: StepParts, at: Claim, ask: Ask, dueMs: number): void {
  parts.pipeline.add([
    {
      change: 'step.add',
      run: run.record.id,
      id: at.id,
      kind: ask.kind,
      mode: 'none',
      name: ask.name,
      issue: at.issue,
      done: undefined,
      status: 'open',
      input: ask.input,
      output: undefined,
      issuedMs: parts.clock.now(),
      endedMs: undefined,
      dueMs,
      system: undefined,
      entity: undefined,
      attempts: 0,
      history: '[]',
    },
  ]);
}

function end(run: LiveRun, parts: StepParts, id: string, output: string, history = '[]'): void {
  const endedMs = parts.clock.now();
  deliver(run, {
    id,
    output,
    endedMs,
    record: (done) => parts.pipeline.add([{ change: 'step.set', run: run.record.id, id, status: 'done', done, output, endedMs, attempts: 0, history }]),
  });
}
