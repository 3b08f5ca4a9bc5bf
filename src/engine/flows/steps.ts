import { Fault } from '../../kernel/errors.ts';
import type { Capability, Result } from '../../model/capability.ts';
import { endedStatuses, type Change, type StepMode, type StepRecord } from '../../store/store.ts';
import type { Errand, Skipping } from '../effects/errand.ts';
import { claim, deliver, newKeys, whenEnded, type Ask, type Claim, type LiveRun, type StepEnd } from './live-run.ts';
import { learn } from './provenance.ts';
import { newErrand, stepAdded } from './step-errand.ts';
import type { StepParts } from './step-parts.ts';

/** A stop of the run that is neither a bug nor a throw of the landscape: it was asked to end here. */
export class RefusedByBusiness extends Error {
  readonly capability: string;
  readonly refusal: unknown;
  /** What was asked for. */
  readonly input: unknown;
  constructor(capability: string, refusal: unknown, input?: unknown) {
    super(`${capability} was refused: ${JSON.stringify(refusal)}`);
    this.name = 'RefusedByBusiness';
    this.capability = capability;
    this.refusal = refusal;
    this.input = input;
  }
}

/** What came of a question: an answer, or what a person gave instead of one. */
export type Told = Result<unknown, unknown> & { readonly skipped?: Skipping };

/** A question to a system. */
export interface Question {
  readonly mode: StepMode;
  readonly capability: Capability;
  readonly input: unknown;
  readonly as: string | undefined;
}

/** Asks a system; `told` is called with what came of it: undefined where the effect was cancelled or expired. Raises in this turn what is wrong with the question. */
export function askSystem(run: LiveRun, parts: StepParts, { mode, capability, input, as }: Question, told: (result: Told | undefined) => void): void {
  const { at, errand } = issueErrand(run, parts, mode, capability, input, as, undefined);
  whenEnded(run, at.id, (end) => told(toldBy(run, parts, at, capability, end)));
  if (errand) parts.dispatcher.release(errand);
}

function toldBy(run: LiveRun, parts: StepParts, at: Claim, capability: Capability, end: StepEnd): Told | undefined {
  const output: unknown = JSON.parse(end.output);
  // Recorded by `outputText` only: a Result, or null for a cancelled or expired effect.
  const result = (output ?? undefined) as Told | undefined;
  if (result) {
    const value = result.ok ? result.value : result.refusal;
    const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined;
    const system = parts.landscape.bindingOf(capability.name)?.system.name ?? '';
    learn(run.learnt, { step: at.id, capability: capability.name, system, version, atMs: end.endedMs }, value, end.output.length);
  }
  return result;
}

/** Records an effect and goes on. */
export function postToSystem(run: LiveRun, parts: StepParts, capability: Capability, input: unknown, as: string | undefined, maxAgeMs: number | undefined): string {
  const { at, errand } = issueErrand(run, parts, 'post', capability, input, as, maxAgeMs);
  if (errand) parts.dispatcher.release(errand);
  return at.id;
}

/** Claims the step and hands a new errand over; `errand` is given only where nothing had to be recorded first (a query). */
function issueErrand(
  run: LiveRun,
  parts: StepParts,
  mode: StepMode,
  capability: Capability,
  input: unknown,
  as: string | undefined,
  maxAgeMs: number | undefined,
): { readonly at: Claim; readonly errand: Errand | undefined } {
  const binding = parts.landscape.bindingOf(capability.name);
  if (!binding) throw new Fault('LANDSCAPE_INVALID', `No system serves ${capability.name}: it has no binding.`);
  const difference = capability.input.difference(input);
  if (difference) throw new Fault('INPUT_INVALID', `${capability.name} was called with a wrong input at ${difference.path}: ${difference.reason}.`);
  const query = capability.effect === 'query';
  const ask: Ask = { kind: query ? 'query' : 'effect', mode, name: capability.name, as, input: JSON.stringify(input) };
  const at = claim(run, ask);
  if (at.recorded) {
    replayErrand(run, parts, at.recorded);
    return { at, errand: undefined };
  }
  const errand = newErrand(run, parts, at, ask, capability, input, maxAgeMs);
  parts.dispatcher.take(errand);
  if (query) return { at, errand };
  const fresh = newKeys(run, errand.keys);
  const changes: Change[] = fresh ? [stepAdded(errand, at, ask), { change: 'run.key', run: run.record.id, keys: fresh }] : [stepAdded(errand, at, ask)];
  parts.pipeline.add(changes, ([result]) => {
    errand.revision = result?.revision ?? 1;
    parts.dispatcher.release(errand);
  });
  return { at, errand: undefined };
}

/** A recorded end that the flow never learnt (it came while the run was not in memory) is learnt now; others come in their order. */
function replayErrand(run: LiveRun, parts: StepParts, recorded: StepRecord): void {
  const { id, status, output, endedMs, attempts, history } = recorded;
  if (recorded.mode === 'post') {
    if (endedStatuses.includes(status)) run.posts.set(id, status);
    return;
  }
  if (recorded.done !== undefined || output === undefined) return;
  deliver(run, {
    id,
    output,
    endedMs: endedMs ?? run.nowMs,
    record: (done) => parts.pipeline.add([{ change: 'step.set', run: run.record.id, id, status, done, output, endedMs, attempts, history }]),
  });
}
