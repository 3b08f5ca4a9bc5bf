// A run that a person acts on, in the tests of what persons may do.
import { action, defineFlow } from 'lineshaft';
import { expect } from 'vitest';
import type { RunDeed, RunOrder } from '../../src/engine/operations/run-desk.ts';
import type { StepRecord } from '../../src/store/store.ts';
import { begun, cleared, owner, type otherSide, type rig } from './rig.ts';

export type World = ReturnType<typeof otherSide>;
export type Stage = Awaited<ReturnType<typeof rig>>;
export const base = { owner, on: begun, key: (event: { order: string }) => event.order, whenRunning: 'queue' } as const;

/** A flow of one step, then a request at the CMMS that tells what the step gave. */
export function oneStep(world: World, step: 'call' | 'attempt' | 'post', system: 'erp' | 'cmms' | 'tms' | 'dumb') {
  const { revise, request, move, label } = world.capabilities;
  const capability = { erp: revise, cmms: request, tms: move, dumb: label }[system];
  return defineFlow({
    ...base,
    name: 'one-step',
    title: 'One step',
    async run(flow, event) {
      const input = { order: event.order, value: 'asked' };
      const undo = () => action(capability, { order: event.order, value: 'undone' });
      let got = 'posted';
      if (step === 'call') got = (await flow.call(capability, input, { undo })).stored;
      else if (step === 'attempt') {
        const result = await flow.attempt(capability, input, { undo });
        got = result.ok ? result.value.stored : result.refusal.code;
      } else await flow.post(capability, input, { undo });
      await flow.call(move, { order: event.order, value: `got ${got}` });
      await flow.waitFor(cleared, { key: { order: event.order }, within: '10m' });
    },
  });
}

export async function onlyRun(stage: Stage) {
  const [run, ...more] = await stage.store.runs({ limit: 10 });
  expect(more).toEqual([]);
  if (!run) throw new Error('no run');
  return run;
}

export async function act(stage: Stage, deed: RunDeed, more: Partial<RunOrder> = {}) {
  const { id } = await onlyRun(stage);
  const standing = await stage.engine().runDesk.act({ run: id, by: 'anna', reason: 'as agreed', deed, ...more });
  await stage.settle();
  return standing;
}

/** An effect's history as it is recorded. */
export function historyOf(step: StepRecord | undefined): readonly { what: string; by?: string; note?: string }[] {
  // Our own writing. What is only a time and a word stands there as these, and no test looks at it.
  return JSON.parse(step?.history ?? '[]') as readonly { what: string; by?: string; note?: string }[];
}

export const unresolved = async (stage: Stage) => (await stage.store.exceptions({ status: 'unresolved', limit: 10 })).map(({ type }) => type);
export const deeds = async (stage: Stage) =>
  (await stage.store.audit({ limit: 100 }))
    .filter(({ action: what }) => what.startsWith('run.'))
    .map(({ actor, action: what, details }): Readonly<Record<string, unknown>> => {
      // The details of a deed are an object.
      return { actor, what, ...(JSON.parse(details) as object) };
    });
