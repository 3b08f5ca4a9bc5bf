import { endedStatuses } from '../../store/store.ts';
import { raiseBuiltIn } from './raise.ts';
import { claim, deliver, ended, type LiveRun, type Undo } from './live-run.ts';
import { recordSettled, settleId } from './step-errand.ts';
import type { StepParts } from './step-parts.ts';
import { askSystem, type Told } from './steps.ts';
import { undoId, undoRefusedCase } from './undo-refused.ts';

/**
 * Undoes in reverse order what was done with an `undo`. A posted effect that was certainly never executed is cancelled, one
 * whose outcome is open is waited for; each system's posted effects are undone one after the other, so that a system that is
 * down holds back nobody else's undo. A refused undo becomes an exception of the capability's owner; the others go on.
 */
export async function compensate(run: LiveRun, parts: StepParts): Promise<void> {
  run.compensated = true;
  const chains = new Map<string, Promise<void>>();
  for (let undo = run.undos.pop(); undo; undo = run.undos.pop()) {
    if (!undo.posted) {
      await undoCall(run, parts, undo);
      continue;
    }
    const next = undo;
    const before = chains.get(undo.system) ?? Promise.resolve();
    const chain = before.then(() => undoPosted(run, parts, next));
    // Awaited below; until then a throw of the landscape's undo is nobody's unhandled rejection.
    chain.catch(() => undefined);
    chains.set(undo.system, chain);
  }
  await Promise.all(chains.values());
}

async function undoCall(run: LiveRun, parts: StepParts, undo: Undo): Promise<void> {
  const action = undo.action();
  if (!action) return;
  const { capability, input } = action;
  const result = await new Promise<Told | undefined>((told) => askSystem(run, parts, { mode: 'undo', capability, input, as: undoId(undo.step) }, told));
  if (result?.ok || result?.skipped) return;
  run.notUndone = [...(run.notUndone ?? []), undo.step];
  const refusal = result?.refusal ?? 'cancelled by its owner';
  const refused = { run: run.record.id, step: undoId(undo.step), key: run.record.key, event: run.event, capability, input, refusal };
  raiseBuiltIn(run, parts, `raise:${refused.step}`, (id, nowMs) => {
    const opening = undoRefusedCase(parts.landscape, refused, id, nowMs);
    // What its owner let go is not asked for again.
    return result ? opening : { ...opening, actions: [] };
  });
}

async function undoPosted(run: LiveRun, parts: StepParts, undo: Undo): Promise<void> {
  if ((await settlePosted(run, parts, undo.step)) === 'done') await undoCall(run, parts, undo);
}

/** What became of a posted effect: cancelled here where that is possible. */
async function settlePosted(run: LiveRun, parts: StepParts, step: string): Promise<string> {
  const at = claim(run, { kind: 'compensate', mode: 'none', name: 'settle', as: settleId(step), input: JSON.stringify(step) });
  const waiting = ended(run, at.id);
  if (!at.recorded) addSettle(run, parts, at.issue, step);
  if (at.recorded?.done === undefined) settleNow(run, parts, step);
  // Written by recordSettled() only: a step status.
  return JSON.parse((await waiting).output) as string;
}

function addSettle(run: LiveRun, parts: StepParts, issue: number, step: string): void {
  const entity = parts.dispatcher.errand(run.record.id, step)?.queue;
  // Another shard has it: this commit tells that one that it is not wanted any more.
  const isAbroad = entity !== undefined && parts.dispatcher.isAbroad({ kind: 'effect', entity });
  parts.pipeline.add([
    {
      change: 'step.add',
      run: run.record.id,
      id: settleId(step),
      kind: 'compensate',
      mode: 'none',
      name: 'settle',
      issue,
      done: undefined,
      status: 'open',
      input: JSON.stringify(step),
      output: undefined,
      issuedMs: parts.clock.now(),
      endedMs: undefined,
      dueMs: undefined,
      system: undefined,
      entity: isAbroad ? entity : undefined,
      attempts: 0,
      history: '[]',
    },
  ]);
}

function settleNow(run: LiveRun, parts: StepParts, step: string): void {
  const status = run.posts.get(step);
  if (status && endedStatuses.includes(status)) {
    const endedMs = parts.clock.now();
    deliver(run, { id: settleId(step), output: JSON.stringify(status), endedMs, record: (done) => recordSettled(parts, run, step, status, endedMs, done) });
    return;
  }
  const errand = parts.dispatcher.errand(run.record.id, step);
  // Where it cannot be cancelled, its end wakes the wait.
  if (errand) parts.dispatcher.cancel(errand);
}
