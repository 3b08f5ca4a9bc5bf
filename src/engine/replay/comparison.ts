import { canonicalJson } from '../../kernel/canonical-json.ts';
import type { Change, StepRecord } from '../../store/store.ts';
import type { Errand } from '../effects/errand.ts';
import { recorded as parsed } from '../stories/recorded-json.ts';
import { fieldDifferences } from './field-diff.ts';
import type { AnswerSource, RehearsedStep, StepVerdict } from './rehearsed.ts';

interface Compared {
  /** Steps that were recorded as asked for: all but queries. */
  readonly asked: readonly Extract<Change, { change: 'step.add' }>[];
  readonly errands: readonly Errand[];
  readonly answers: ReadonlyMap<string, AnswerSource>;
  readonly recorded: readonly StepRecord[];
  /** Whether it came as far as it could: what it has not asked for by then it does not ask for. */
  readonly isFinished: boolean;
  /** What was asked for then or later is not compared, epoch milliseconds. */
  readonly untilMs: number;
}

type Asked = Pick<StepRecord, 'id' | 'kind' | 'mode' | 'name' | 'input' | 'output' | 'system'>;

/** The steps of a rehearsal beside what really happened, and what happened and is not asked for now. Pure. */
export function comparedSteps({ asked, errands, answers, recorded, isFinished, untilMs }: Compared): readonly RehearsedStep[] {
  const now = new Map<string, Asked>(asked.map((step) => [step.id, step]));
  for (const errand of errands) if (errand.query) now.set(errand.step, queryOf(errand));
  const before = new Map(recorded.map((step) => [step.id, step]));
  const isLater = (step: StepRecord | undefined): boolean => step !== undefined && step.issuedMs >= untilMs;
  const steps = [...now.values()]
    .filter(({ id, kind }) => kind !== 'compensate' && !isLater(before.get(id)))
    .map((step) => compared(step, before.get(step.id), answers.get(step.id)));
  const left = recorded
    .filter((step) => (!now.has(step.id) || isLater(step)) && (step.kind === 'effect' || step.kind === 'decide' || step.kind === 'raise'))
    .map((step): RehearsedStep => {
      const { id, kind, mode, name, system, input } = step;
      const verdict: StepVerdict = isFinished && !isLater(step) ? 'missing' : 'not reached';
      return { id, kind, mode, name, verdict, system, input: parsed(input), differences: [] };
    });
  return [...steps, ...left];
}

function queryOf({ step, mode, capability, input, binding }: Errand): Asked {
  return { id: step, kind: 'query', mode, name: capability.name, input: JSON.stringify(input), output: undefined, system: binding.system.name };
}

function compared(step: Asked, then: StepRecord | undefined, answer: AnswerSource | undefined): RehearsedStep {
  const { id, kind, mode, name, system } = step;
  const input = parsed(step.input);
  const output = kind === 'decide' ? parsed(step.output) : undefined;
  const common = { id, kind, mode, name, system, input, ...(output !== undefined && { output }), answer: answer ?? (kind === 'wait' || kind === 'sleep' ? 'log' : undefined) };
  if (!then || then.name !== name || then.kind !== kind) return { ...common, verdict: 'new', differences: [] };
  // What a decision gives is what counts of it; what it was given is told by the steps before it.
  const [was, is] = kind === 'decide' ? [parsed(then.output), output] : [parsed(then.input), input];
  const isSame = canonicalJson(was) === canonicalJson(is) && (then.mode === mode || kind === 'wait');
  return { ...common, verdict: isSame ? 'same' : 'changed', differences: fieldDifferences(was, is) };
}
