import { assert } from '../../kernel/assert.ts';
import { hashId } from '../../kernel/ids.ts';
import type { BusinessKeys } from '../../model/contract.ts';
import type { ExceptionType } from '../../model/exception-type.ts';
import type { Owner } from '../../model/owner.ts';
import type { Change, StepRecord } from '../../store/store.ts';
import { openingOf, type Opening } from '../exceptions/opening.ts';
import { claim, type Claim, type LiveRun } from './live-run.ts';
import type { StepParts } from './step-parts.ts';

/** Opens an exception of a declared type as a step of the run; gives its id. */
export function raise(
  run: LiveRun,
  parts: StepParts,
  type: ExceptionType,
  given: { readonly as: string | undefined; readonly to: Owner | undefined; readonly evidence: unknown; readonly keys: BusinessKeys | undefined },
): string {
  const input = raisedInput(given);
  const at = claim(run, { kind: 'raise', mode: 'none', name: type.name, as: given.as, input });
  if (at.recorded) return caseIn(at.recorded);
  const opening = openingOf(type, {
    id: exceptionId(run, at),
    owners: given.to ? [given.to] : [],
    evidence: given.evidence,
    keys: { ...run.event.keys, ...given.keys },
    run: run.record.id,
    step: at.id,
    flow: run.flow.name,
    nowMs: parts.clock.now(),
    limits: parts.limits,
  });
  return record(run, parts, at, type.name, input, opening);
}

/** The id of the case that a recorded step opened, or was counted in. */
function caseIn({ output }: StepRecord): string {
  const id: unknown = JSON.parse(output ?? 'null');
  assert(typeof id === 'string', 'a raised exception is recorded with its id');
  return id;
}

export function raisedInput({ evidence, keys }: { readonly evidence: unknown; readonly keys?: BusinessKeys | undefined }): string {
  return JSON.stringify({ evidence, keys });
}

/** Opens one of the engine's own exceptions as a step of the run. */
export function raiseBuiltIn(run: LiveRun, parts: StepParts, as: string, openingOf: (id: string, nowMs: number) => Opening): void {
  const opening = openingOf(hashId('exception', run.record.id, as).slice(0, 20), parts.clock.now());
  const input = JSON.stringify({ evidence: opening.evidence });
  const at = claim(run, { kind: 'raise', mode: 'none', name: opening.type, as, input });
  if (!at.recorded) record(run, parts, at, opening.type, input, opening);
}

function exceptionId(run: LiveRun, at: Claim): string {
  return hashId('exception', run.record.id, at.id).slice(0, 20);
}

function record(run: LiveRun, parts: StepParts, at: Claim, name: string, input: string, opening: Opening): string {
  const { id, changes } = parts.file(opening);
  const nowMs = parts.clock.now();
  const step: Change = {
    change: 'step.add',
    run: run.record.id,
    id: at.id,
    kind: 'raise',
    mode: 'none',
    name,
    issue: at.issue,
    done: undefined,
    status: 'done',
    input,
    output: JSON.stringify(id),
    issuedMs: nowMs,
    endedMs: nowMs,
    dueMs: undefined,
    system: undefined,
    entity: undefined,
    attempts: 0,
    history: '[]',
  };
  parts.pipeline.add([step, ...changes]);
  return id;
}
