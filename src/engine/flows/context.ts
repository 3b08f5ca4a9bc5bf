import { Fault } from '../../kernel/errors.ts';
import type { Action, Capability } from '../../model/capability.ts';
import type { Decision } from '../../model/decision.ts';
import type { FlowContext } from '../../model/flow.ts';
import { spanMs } from '../../model/limit.ts';
import type { StepRecord } from '../../store/store.ts';
import { fieldOf, recorded } from '../stories/recorded-json.ts';
import { compensate } from './compensation.ts';
import { claim, type LiveRun } from './live-run.ts';
import { learn, provenanceOf } from './provenance.ts';
import { raise } from './raise.ts';
import type { StepParts } from './step-parts.ts';
import { askSystem, postToSystem, RefusedByBusiness } from './steps.ts';
import { sleepFor, waitForEvent } from './waits.ts';

/** What a flow acts through, for one run. */
export function contextOf(run: LiveRun, parts: StepParts): FlowContext {
  const { limits } = parts;

  /** One call, and what to undo where it succeeded. One async function for both modes: each more costs every step two promises. */
  async function ask<Out>(
    mode: 'call' | 'attempt',
    capability: Capability,
    input: unknown,
    options: { readonly as?: string; readonly undo?: (value: Out) => Action } | undefined,
  ): Promise<never> {
    const undo = options?.undo;
    const step = undo ? stepName(run, capability.name, options.as) : '';
    const result = await askSystem(run, parts, mode, capability, input, options?.as);
    if (!result) throw new Fault('CONFLICT', `${capability.name} was cancelled by its owner.`, { run: run.record.id });
    // The value is of the capability's output type: its schema was checked when the answer came.
    if (result.ok && undo) run.undos.push({ step, posted: false, system: systemOf(parts, capability.name), action: () => undo(result.value as Out) });
    // Checked by the capability's output and refusal schemas.
    if (mode === 'attempt') return result as never;
    if (!result.ok) throw new RefusedByBusiness(capability.name, result.refusal);
    // Checked by the capability's output schema.
    return result.value as never;
  }

  return {
    now: () => run.nowMs,
    call: (capability, input, options) => held(ask('call', erased(capability), input, options)),
    attempt: (capability, input, options) => held(ask('attempt', erased(capability), input, options)),
    async post(capability, input, options) {
      const step = postToSystem(run, parts, erased(capability), input, options?.as, options?.maxAge === undefined ? undefined : spanMs(options.maxAge, limits));
      if (options?.undo) run.undos.push({ step, posted: true, system: systemOf(parts, capability.name), action: options.undo });
      return { effect: `${run.record.id}/${step}` };
    },
    async decide(decision, inputs, options) {
      return decide(run, parts, decision, inputs, options?.as);
    },
    sleep: (span) => sleepFor(run, parts, spanMs(span, limits)),
    async waitFor(contract, { key, within, as }) {
      // The event was checked by its contract before it came into the log.
      return (await waitForEvent(run, parts, contract, key, spanMs(within, limits), as)) as never;
    },
    compensate: () => compensate(run, parts),
    async raise(type, options) {
      // `evidence` is of the type that the exception was declared with.
      return raise(run, parts, type, { as: options.as, to: options.to, evidence: options.evidence, keys: options.keys });
    },
  };
}

/** A flow may await a call later than it fails: until then the failure is not the process's. */
function held<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
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
