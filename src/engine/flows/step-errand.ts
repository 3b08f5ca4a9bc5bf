import { Fault } from '../../kernel/errors.ts';
import { hashId } from '../../kernel/ids.ts';
import type { Binding } from '../../model/binding.ts';
import type { Capability } from '../../model/capability.ts';
import { rankOf } from '../../model/priority.ts';
import { keysOf, type BusinessKeys } from '../../model/contract.ts';
import { orderImpact } from '../../model/impact.ts';
import { spanMs } from '../../model/limit.ts';
import type { Change, EventRecord, StepMode, StepRecord, StepStatus } from '../../store/store.ts';
import { isRequest } from '../capabilities/request.ts';
import { askedKey, beginsAnew, isHandedOver, outputText, sentInput, sentKey, type Ending, type Errand } from '../effects/errand.ts';
import { historyOf, historyText, type HistoryEntry } from '../effects/history.ts';
import { shedNote } from '../effects/shedding.ts';
import { classOfSystem } from '../exceptions/class.ts';
import { builtIn, type Opening } from '../exceptions/opening.ts';
import { heardAs } from '../shards/asked-anew.ts';
import { spanIdOf, traceIdOf, traceparentOf } from '../trace/trace-context.ts';
import type { Subject } from '../watch/watch.ts';
import { expiredSubject } from './expired-case.ts';
import { deliver, type Ask, type Claim, type LiveRun } from './live-run.ts';
import type { StepParts } from './step-parts.ts';
import { undoRefusedCase } from './undo-refused.ts';

/** A new errand of a run, for the step that it has just claimed. */
export function newErrand(run: LiveRun, parts: StepParts, at: Claim, ask: Ask, capability: Capability, input: unknown, maxAgeMs: number | undefined): Errand {
  const nowMs = parts.clock.now();
  const ageMax = ask.mode === 'post' ? parts.landscape.bindingOf(capability.name)?.system.buffer?.ageMax : undefined;
  const waitMaxMs = maxAgeMs ?? (ageMax === undefined ? undefined : spanMs(ageMax, parts.limits));
  return errandFrom(parts, {
    run: run.record.id,
    event: run.event,
    step: at.id,
    mode: ask.mode,
    capability,
    input,
    issuedMs: nowMs,
    expiresMs: waitMaxMs === undefined ? undefined : nowMs + waitMaxMs,
    issue: at.issue,
    ask: ask.input,
  });
}

interface ErrandSpec {
  readonly run: string;
  readonly event: EventRecord;
  readonly step: string;
  readonly mode: StepMode;
  readonly capability: Capability;
  readonly input: unknown;
  readonly issuedMs: number;
  readonly expiresMs: number | undefined;
  readonly issue: number;
  readonly ask: string;
}

function errandFrom(parts: StepParts, spec: ErrandSpec): RunErrand {
  const binding = parts.landscape.bindingOf(spec.capability.name);
  if (!binding) throw new Fault('LANDSCAPE_INVALID', `No system serves ${spec.capability.name}: it has no binding.`);
  return new RunErrand(parts, binding, spec);
}

/** A class, because every step of every flow makes one: three functions of its own and what they close over were as much as all the rest of it. */
class RunErrand implements Errand {
  readonly run: string;
  readonly step: string;
  key: string;
  readonly subject: Subject;
  readonly query: boolean;
  readonly asked: boolean;
  readonly rank: Errand['rank'];
  place: Errand['place'];
  readonly mode: StepMode;
  readonly capability: Capability;
  readonly binding: Binding;
  input: unknown;
  readonly bytes: number;
  keys: BusinessKeys;
  readonly queue: string;
  line: Errand[] | undefined;
  readonly issuedMs: number;
  readonly expiresMs: number | undefined;
  status: StepStatus = 'open';
  attempts = 0;
  revision = 0;
  history: HistoryEntry[] = [];
  durable = false;
  notBeforeMs = 0;
  readonly restoredMs: number | undefined;
  settledMs = 0;
  doubtful = false;
  broken = 0;
  readonly #parts: StepParts;
  readonly #spec: ErrandSpec;

  constructor(parts: StepParts, binding: Binding, spec: ErrandSpec) {
    const { run, step, capability, input } = spec;
    const own = `${run}/${step}`;
    this.run = run;
    this.step = step;
    this.key = askedKey(run, step) ?? own;
    // Its run is looked for in this shard.
    this.subject = { kind: 'effect', key: own, of: binding };
    this.query = capability.effect === 'query';
    this.asked = isRequest(spec.event);
    this.rank = rankOf(capability);
    this.place = undefined;
    this.mode = spec.mode;
    this.capability = capability;
    this.binding = binding;
    this.input = input;
    this.bytes = spec.ask.length;
    this.keys = keysOf(capability.keys, input);
    this.queue = entityOf(capability, input);
    this.line = undefined;
    this.issuedMs = spec.issuedMs;
    this.expiresMs = spec.expiresMs;
    this.restoredMs = parts.restoredAfter(spec.event);
    this.#parts = parts;
    this.#spec = spec;
  }

  traceparent(): string {
    return traceparentOf(traceIdOf(this.#spec.event), spanIdOf(this.run, this.step));
  }

  by(): string {
    return askerOf(this.#spec);
  }

  onEnd(_errand: Errand, ending: Ending): void {
    endErrand(this.#parts, this, ending, this.#spec);
  }
}

/** Who asked over the API, or which flow did. */
function askerOf({ event, run }: ErrandSpec): string {
  return isRequest(event) ? event.source.replace(/^\/api\//, '') : `flow:${run.slice(0, run.indexOf(':'))}`;
}

/** The entity that an input is about: changes to one entity of a system keep their order. */
export function entityOf(capability: Capability, input: unknown): string {
  // The input was checked by the capability's schema, whose `entity` names one of its text fields.
  const value = (input as Readonly<Record<string, unknown>>)[capability.entity];
  return typeof value === 'string' ? value : '';
}

/** An errand that an earlier process recorded and did not end. */
export function recoveredErrand(parts: StepParts, record: StepRecord, event: EventRecord): Errand | undefined {
  const capability = parts.landscape.of('capability').get(record.name);
  if (!capability) return undefined;
  const errand = errandFrom(parts, {
    run: record.run,
    event,
    step: record.id,
    mode: record.mode,
    capability,
    input: sentInput(JSON.parse(record.input), historyOf(record)),
    issuedMs: record.issuedMs,
    expiresMs: record.dueMs,
    issue: record.issue,
    ask: record.input,
  });
  errand.status = record.status;
  errand.doubtful = record.status === 'sent' || record.status === 'unknown';
  errand.attempts = record.attempts;
  errand.revision = record.revision ?? 1;
  errand.history = historyOf(record);
  errand.key = sentKey(record.run, record.id, errand.history);
  return errand;
}

export function stepAdded(errand: Errand, at: Claim, ask: Ask): Change {
  return {
    change: 'step.add',
    run: errand.run,
    id: at.id,
    kind: ask.kind,
    mode: ask.mode,
    name: ask.name,
    issue: at.issue,
    done: undefined,
    status: errand.status,
    input: ask.input,
    output: undefined,
    issuedMs: errand.issuedMs,
    endedMs: undefined,
    dueMs: errand.expiresMs,
    system: errand.binding.system.name,
    entity: errand.queue,
    attempts: errand.attempts,
    history: historyText(errand),
  };
}

/** Records how an errand ended, in the turn in which its run learns it. */
function endErrand(parts: StepParts, errand: Errand, ending: Ending, spec: ErrandSpec): void {
  const endedMs = parts.clock.now();
  const output = outputText(ending);
  if (errand.binding.command) parts.pipeline.add([commandAudit(errand, ending, endedMs)]);
  const record = (done: number | undefined): void => {
    if (!errand.query) {
      const { run, step: id, attempts } = errand;
      const set = { change: 'step.set' as const, run, id, status: ending.status, done, output, endedMs, attempts, history: historyText(errand) };
      parts.pipeline.add([isHandedOver(errand.history) ? { ...set, ...heardAs(errand) } : set]);
      return;
    }
    parts.pipeline.add([
      {
        change: 'step.add',
        run: errand.run,
        id: errand.step,
        kind: 'query',
        mode: errand.mode,
        name: errand.capability.name,
        issue: spec.issue,
        done,
        status: ending.status,
        input: spec.ask,
        output,
        issuedMs: errand.issuedMs,
        endedMs,
        dueMs: undefined,
        system: errand.binding.system.name,
        entity: errand.queue,
        attempts: errand.attempts,
        history: historyText(errand),
      },
    ]);
  };
  // Where another shard carried it, its case is there.
  if (ending.status === 'expired' && !isHandedOver(errand.history)) parts.pipeline.add(parts.open(expiredOpening(errand, endedMs)));
  const run = parts.live(errand.run);
  if (!run || run.over) {
    if (!errand.query) record(undefined);
    if (errand.mode === 'undo') undoEnded(parts, errand, ending, spec, endedMs);
    return;
  }
  if (errand.mode === 'post') {
    record(undefined);
    run.posts.set(errand.step, ending.status);
    if (run.waiting.has(settleId(errand.step)))
      deliver(run, {
        id: settleId(errand.step),
        output: JSON.stringify(ending.status),
        endedMs,
        record: (done) => recordSettled(parts, run, errand.step, ending.status, endedMs, done),
      });
    return;
  }
  deliver(run, { id: errand.step, output, endedMs, record });
}

/** An undo that was asked for anew when its run was over: what its system refuses again is its owner's case again. */
function undoEnded(parts: StepParts, errand: Errand, { status, result }: Ending, { event }: ErrandSpec, nowMs: number): void {
  const { run, step, capability, input, key } = errand;
  if (!errand.history.some(beginsAnew)) return;
  const refusal = result?.ok === false ? result.refusal : undefined;
  const refused = { run, step, key: event.keys.order ?? errand.queue, event, capability, input, refusal };
  const opening = status === 'refused' ? [undoRefusedCase(parts.landscape, refused, hashId('exception', key).slice(0, 20), nowMs)] : [];
  parts.pipeline.add(opening.flatMap(parts.open), () => parts.onUndone(run));
}

/** A write to a machine, or why there was none, for the chained audit: who asked for what and why stands in the input. */
function commandAudit(errand: Errand, { status, result }: Ending, atMs: number): Change {
  const { binding, key, input, capability } = errand;
  const details = JSON.stringify({ key, capability: capability.name, system: binding.system.name, input, result });
  return { change: 'audit.add', atMs, actor: errand.by?.() ?? '', action: `command.${status}`, subject: binding.command?.signal.name ?? '', details };
}

function expiredOpening(errand: Errand, nowMs: number): Opening {
  const { capability, binding } = errand;
  const isShed = errand.history.at(-1)?.note === shedNote;
  return builtIn({
    id: hashId('expired', errand.key).slice(0, 20),
    type: 'effect-expired',
    class: classOfSystem(binding.system),
    owner: capability.owner,
    summary: isShed
      ? `${capability.title} was let go: more waited for ${binding.system.title} than its buffer holds`
      : `${capability.title} waited too long for ${binding.system.title} and was not sent`,
    keys: errand.keys,
    evidence: { capability: capability.name, system: binding.system.name, input: errand.input, history: errand.history },
    suggestions: [`Decide whether it is still wanted; if so, do it in ${binding.system.title} or start the flow again.`],
    actions: [],
    run: errand.run,
    step: errand.step,
    subject: expiredSubject(capability.name, binding.system.name, errand.history.at(-1)?.note),
    orders: [orderImpact(errand.keys, capability.impact, errand.input)].filter((one) => one !== undefined),
    nowMs,
  });
}

/** The step in which `compensate()` learns what became of a posted effect. */
export function settleId(step: string): string {
  return `settle:${step}`;
}

export function recordSettled(parts: StepParts, run: LiveRun, step: string, status: string, endedMs: number, done: number): void {
  parts.pipeline.add([
    {
      change: 'step.set',
      run: run.record.id,
      id: settleId(step),
      status: 'done',
      done,
      output: JSON.stringify(status),
      endedMs,
      attempts: 0,
      history: '[]',
    },
  ]);
}
