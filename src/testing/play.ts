import { startEngine } from '../engine/engine.ts';
import { evidenceOf, factsOf } from '../engine/exceptions/case-facts.ts';
import { withOwn } from '../engine/releases/load.ts';
import { durationMs, type Duration } from '../kernel/duration.ts';
import { virtualClock, type VirtualClock } from '../kernel/virtual-clock.ts';
import { eventType, type Contract } from '../model/contract.ts';
import type { Definition } from '../model/definition.ts';
import type { Flow } from '../model/flow.ts';
import type { OrderImpact } from '../model/impact.ts';
import type { LimitValues } from '../model/limit.ts';
import type { ExceptionRecord, RunRecord, StepRecord } from '../store/store.ts';
import { memoryStore } from '../store/memory/memory-store.ts';
import { fakeSystem, type Fake, type Ledger } from './fake.ts';

export interface PlayOptions {
  readonly fakes: readonly Fake[];
  readonly limits?: LimitValues;
  /** Further contracts that the flow waits for. */
  readonly contracts?: readonly Contract[];
  /** What happens while the run goes on: events that come, time that passes. */
  readonly during?: (stage: Stage) => Promise<void>;
  /** Start of the virtual clock, epoch milliseconds. */
  readonly startMs?: number;
}

/** What a test can do while a flow runs. */
export interface Stage {
  readonly clock: VirtualClock;
  /** Puts an event into the log. */
  send<Event>(contract: Contract<Event>, data: NoInfer<Event>): Promise<void>;
  /** Lets time pass; timers fire on the way. */
  pass(span: Duration): Promise<void>;
  calls(): Ledger['calls'];
}

/** A case that a flow opened. */
export interface PlayedException extends Omit<ExceptionRecord, 'evidence'> {
  readonly evidence: unknown;
  /** The orders that it affects, and with how much of what. */
  readonly impact: readonly OrderImpact[];
}

/** What a flow did. */
export interface Play {
  readonly calls: Ledger['calls'];
  readonly run: RunRecord | undefined;
  readonly steps: readonly StepRecord[];
  readonly exceptions: readonly PlayedException[];
  /** Outputs of the decisions taken, in order. */
  readonly decisions: readonly { readonly name: string; readonly output: unknown }[];
}

/** Turns of the event loop without anything new after which a play waits for time. */
const quietTurns = 12;
const turnsMax = 100_000;

/**
 * Runs a flow in the real engine against fakes, on a virtual clock and an in-memory store: milliseconds, whatever it waits for.
 *
 * @example const play = await playFlow(packagingBottleneck, variance, { fakes, during: (stage) => stage.pass('30m') });
 */
export async function playFlow<Event>(flow: Flow<Event>, event: NoInfer<Event>, options: PlayOptions): Promise<Play> {
  // What has happened so far, as a text that changes with everything that does.
  let progress = (): string => '';
  const settle = (): Promise<void> => untilQuiet(() => progress());
  const clock = virtualClock(options.startMs ?? Date.UTC(2026, 0, 5, 6), settle);
  const ledger: Ledger = { calls: [] };
  const { system, bindings } = fakeSystem(options.fakes, ledger);
  const definitions: Definition[] = [flow, flow.on, system, ...bindings, ...(options.contracts ?? []), ...options.fakes.map(({ capability }) => capability)];
  const store = memoryStore();
  const bugs: unknown[] = [];
  const engine = await startEngine({
    store,
    landscape: withOwn(definitions, 'test'),
    limits: options.limits ?? {},
    clock,
    random: () => 0.5,
    // The fakes' connector takes no options.
    connect: async () => system.connector.open({} as never, { clock, random: () => 0.5, system: system.name, log: () => undefined }),
    messenger: async () => undefined,
    notify: { mail: false, webhook: undefined, publicUrl: 'http://test.invalid' },
    onBug: (error) => void bugs.push(error),
    // A fake that never answers would wait for a clock that nobody moves any more.
    graceMs: 0,
  });
  let commits = 0;
  engine.pipeline.watch(() => void (commits += 1));
  progress = () => `${commits} ${engine.pipeline.depth()} ${ledger.calls.length}`;
  let sent = 0;
  async function send<Sent>(contract: Contract<Sent>, data: NoInfer<Sent>): Promise<void> {
    sent += 1;
    const taken = await engine.intake.accept(
      [{ specversion: '1.0', id: `test-${sent}`, source: '/test', type: eventType(contract), time: new Date(clock.now()).toISOString(), data }],
      'test',
    );
    const first = taken.events[0];
    if (first && 'reason' in first) throw new Error(first.reason);
    await settle();
  }
  await send(flow.on, event);
  await options.during?.({ clock, send, pass: (span) => clock.advance(durationMs(span)), calls: () => ledger.calls });
  await settle();
  if (bugs.length > 0) throw new Error('Bug: the engine met one in this play', { cause: bugs[0] });
  const run = (await store.runs({ flow: flow.name, limit: 1 }))[0];
  const steps = run ? await store.steps(run.id) : [];
  const exceptions = (await store.exceptions({ limit: 100 })).map((record) => ({ ...record, evidence: evidenceOf(record), impact: factsOf(record).impact.orders }));
  await engine.close();
  return {
    calls: ledger.calls,
    run,
    steps,
    exceptions,
    decisions: steps.filter(({ kind }) => kind === 'decide').map(({ name, output }) => ({ name, output: parsed(output ?? 'null') })),
  };
}

function parsed(text: string): unknown {
  return JSON.parse(text);
}

/** Lets promises, turns of the event loop and commits to memory run until they wait for time. */
async function untilQuiet(progress: () => string): Promise<void> {
  let quiet = 0;
  for (let turn = 0; quiet < quietTurns && turn < turnsMax; turn += 1) {
    const before = progress();
    await new Promise<void>((resolve) => setImmediate(resolve));
    quiet = progress() === before ? quiet + 1 : 0;
  }
}
