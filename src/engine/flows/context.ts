import { Fault } from '../../kernel/errors.ts';
import type { Action, Capability } from '../../model/capability.ts';
import type { Decision } from '../../model/decision.ts';
import { Skipped, type FlowContext } from '../../model/flow.ts';
import { spanMs } from '../../model/limit.ts';
import type { StepRecord } from '../../store/store.ts';
import { fieldOf, recorded } from '../stories/recorded-json.ts';
import { compensate } from './compensation.ts';
import { cancelStep } from './cancellation.ts';
import { claim, type Ask, type LiveRun } from './live-run.ts';
import { learn, provenanceOf } from './provenance.ts';
import { raise, raisedInput } from './raise.ts';
import type { StepParts } from './step-parts.ts';
import { askSystem, postToSystem, RefusedByBusiness, type Question, type Told } from './steps.ts';
import { sleepFor, waitAsk, waitForEvent } from './waits.ts';

/** What a flow acts through, for one run. */
export function contextOf(run: LiveRun, parts: StepParts): FlowContext {
  return new RunContext(run, parts);
}

/** Its methods are made when a flow asks for them, so that a run that waits holds none of them; and a flow may take them out of it. */
class RunContext implements FlowContext {
  readonly #run: LiveRun;
  readonly #parts: StepParts;

  constructor(run: LiveRun, parts: StepParts) {
    this.#run = run;
    this.#parts = parts;
  }

  get now(): FlowContext['now'] {
    return () => this.#run.nowMs;
  }

  get call(): FlowContext['call'] {
    return (capability, input, options) => ask(this.#run, this.#parts, { mode: 'call', capability: erased(capability), input, as: options?.as }, options?.undo);
  }

  get attempt(): FlowContext['attempt'] {
    return (capability, input, options) => ask(this.#run, this.#parts, { mode: 'attempt', capability: erased(capability), input, as: options?.as }, options?.undo);
  }

  get post(): FlowContext['post'] {
    const [run, parts] = [this.#run, this.#parts];
    return async (capability, input, options) => {
      if (run.cut !== undefined && isCut(run, { kind: 'effect', mode: 'post', name: capability.name, as: options?.as, input: JSON.stringify(input) })) return never();
      const maxAgeMs = options?.maxAge === undefined ? undefined : spanMs(options.maxAge, parts.limits);
      const step = postToSystem(run, parts, erased(capability), input, options?.as, maxAgeMs);
      if (options?.undo) run.undos.push({ step, posted: true, system: systemOf(parts, capability.name), action: options.undo });
      return { effect: `${run.record.id}/${step}` };
    };
  }

  get decide(): FlowContext['decide'] {
    const [run, parts] = [this.#run, this.#parts];
    return async (decision, inputs, options) => {
      if (run.cut !== undefined && isCut(run, { kind: 'decide', mode: 'none', name: decision.name, as: options?.as, input: JSON.stringify(inputs) })) return never();
      return decide(run, parts, decision, inputs, options?.as);
    };
  }

  get sleep(): FlowContext['sleep'] {
    const [run, parts] = [this.#run, this.#parts];
    return async (span) => {
      if (run.cut !== undefined && isCut(run, { kind: 'sleep', mode: 'none', name: 'sleep', as: undefined, input: '{}' })) return never();
      return sleepFor(run, parts, spanMs(span, parts.limits));
    };
  }

  get waitFor(): FlowContext['waitFor'] {
    const [run, parts] = [this.#run, this.#parts];
    return (contract, { key, within, as }) =>
      promised(() => {
        if (run.cut !== undefined && isCut(run, waitAsk(contract, key, as))) return never();
        // The event was checked by its contract before it came into the log.
        return waitForEvent(run, parts, contract, key, spanMs(within, parts.limits), as) as Promise<never>;
      });
  }

  get compensate(): FlowContext['compensate'] {
    return async () => (this.#run.cut === undefined ? compensate(this.#run, this.#parts) : never());
  }

  get raise(): FlowContext['raise'] {
    const [run, parts] = [this.#run, this.#parts];
    return async (type, options) => {
      if (run.cut !== undefined && isCut(run, { kind: 'raise', mode: 'none', name: type.name, as: options.as, input: raisedInput(options) })) return never();
      // `evidence` is of the type that the exception was declared with.
      return raise(run, parts, type, { as: options.as, to: options.to, evidence: options.evidence, keys: options.keys });
    };
  }
}

interface Call extends Question {
  readonly mode: 'call' | 'attempt';
}

/** One call, and what to undo where it succeeded. Not an async function: it would hold its frame and two more promises until the step ends. */
function ask<Out>(run: LiveRun, parts: StepParts, call: Call, undo: ((value: Out) => Action | undefined) | undefined): Promise<never> {
  const { mode, capability, input, as } = call;
  const { promise, resolve, reject } = Promise.withResolvers<never>();
  const isEffect = capability.effect !== 'query';
  let isAsking = false;
  const fail = (error: unknown): void => {
    // A flow may await a call later than it fails: until then the failure is not the process's.
    promise.catch(unheard);
    reject(error);
  };
  try {
    if (run.cut !== undefined && isCut(run, { kind: isEffect ? 'effect' : 'query', mode, name: capability.name, as, input: JSON.stringify(input) })) return promise;
    const step = undo ? stepName(run, capability.name, as) : '';
    isAsking = isEffect;
    if (isAsking) run.asking += 1;
    askSystem(run, parts, call, (result) => {
      if (isEffect) run.asking -= 1;
      // The value is of the capability's output type: its schema was checked when the answer came.
      if (result?.ok && undo && !result.skipped) run.undos.push({ step, posted: false, system: systemOf(parts, capability.name), action: () => undo(result.value as Out) });
      if (run.cut === 'now') {
        if (run.asking === 0) run.onQuiet?.();
        return;
      }
      try {
        resolve(givenBy(run, call, result));
      } catch (error) {
        fail(error);
      }
    });
  } catch (error) {
    if (isAsking) run.asking -= 1;
    fail(error);
  }
  return promise;
}

/** What a call gives its flow. Raises what the flow must learn as an error. */
function givenBy(run: LiveRun, { mode, capability, input }: Call, result: Told | undefined): never {
  // What a person gave was checked by the same schemas as an answer.
  if (result?.skipped) return instead(mode, capability, result, result.skipped.reason) as never;
  if (!result) throw new Fault('CONFLICT', `${capability.name} was cancelled by its owner.`, { run: run.record.id });
  // Checked by the capability's output and refusal schemas.
  if (mode === 'attempt') return result as never;
  if (!result.ok) throw new RefusedByBusiness(capability.name, result.refusal, input);
  // Checked by the capability's output schema.
  return result.value as never;
}

/**
 * Whether a run that is being cancelled asks for a step that it must not take: any now, and while it replays those that it did not take
 * before. These keep their places, as they had them in life.
 */
function isCut(run: LiveRun, ask: Ask): boolean {
  if (run.cut === 'now') return true;
  if (run.recorded.has(stepName(run, ask.name, ask.as))) return false;
  if (run.issues.get(run.issued + 1) !== cancelStep) claim(run, ask);
  return true;
}

/** What is wrong with a question is told where its answer is awaited. An async function would do so too, and hold its frame for as long as the run waits. */
function promised<T>(work: () => Promise<T>): Promise<T> {
  try {
    return work();
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Its run goes no further: whoever awaits it is let go with it. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** What a flow gets instead of an answer where a person let a step go. Raises `Skipped`. */
function instead(mode: 'call' | 'attempt', capability: Capability, told: Told, reason: string): unknown {
  if (told.ok) return mode === 'call' ? told.value : { ok: true, value: told.value };
  if (mode === 'attempt' && capability.refusal.check(told.refusal)) return { ok: false, refusal: told.refusal };
  throw new Skipped(capability.name, reason);
}

function unheard(): void {
  // The flow hears of it where it awaits the call.
}

function systemOf(parts: StepParts, capability: string): string {
  return parts.landscape.bindingOf(capability)?.system.name ?? '';
}

/** The id that the next step of this name will get. */
function stepName(run: LiveRun, name: string, as: string | undefined): string {
  return as ?? `${name}#${(run.ordinals.get(name) ?? 0) + 1}`;
}

/** The engine checks every input by the capability's schema before it is sent, so the static type may be forgotten here. */
function erased<In, Out, Refusal>(capability: Capability<In, Out, Refusal>): Capability {
  // `In` is where a capability is contravariant; see above why that holds.
  return capability as unknown as Capability;
}

/** Takes a decision, or gives the recorded one; records which version judged, and where each input came from. */
function decide<In, Out>(run: LiveRun, parts: StepParts, decision: Decision<In, Out>, inputs: In, as: string | undefined): Out {
  const input = JSON.stringify(inputs);
  const at = claim(run, { kind: 'decide', mode: 'none', name: decision.name, as, input });
  const made = (text: string, version: number, atMs: number): Out => {
    // What is recorded is what the flow gets, now and on replay.
    const value: unknown = JSON.parse(text);
    learn(run.learnt, { step: at.id, decision: decision.name, version, atMs }, value, text.length);
    // Recorded below only, as this decision's output.
    return value as Out;
  };
  if (at.recorded?.output !== undefined) return made(at.recorded.output, versionIn(at.recorded) ?? decision.version, at.recorded.issuedMs);
  const output = JSON.stringify(decision.decide(inputs)) ?? 'null';
  const nowMs = parts.clock.now();
  parts.pipeline.add([
    {
      change: 'step.add',
      run: run.record.id,
      id: at.id,
      kind: 'decide',
      mode: 'none',
      name: decision.name,
      issue: at.issue,
      done: undefined,
      status: 'done',
      input,
      output,
      issuedMs: nowMs,
      endedMs: nowMs,
      dueMs: undefined,
      system: undefined,
      entity: undefined,
      attempts: 0,
      history: JSON.stringify([{ version: decision.version, inputs: provenanceOf(run.learnt, inputs) }]),
    },
  ]);
  return made(output, decision.version, nowMs);
}

/** The version of a decision that judged, where it was recorded. */
function versionIn({ history }: StepRecord): number | undefined {
  const version = fieldOf(fieldOf(recorded(history), '0'), 'version');
  return typeof version === 'number' ? version : undefined;
}
