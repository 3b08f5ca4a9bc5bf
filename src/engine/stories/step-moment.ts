import type { Landscape } from '../../model/landscape.ts';
import type { StepRecord } from '../../store/store.ts';
import { historyOf } from '../effects/history.ts';
import { cancelStep } from '../flows/cancellation.ts';
import { decisionOrigin } from './origin-text.ts';
import { fieldOf, instant, recorded } from './recorded-json.ts';
import type { Moment } from './story.ts';

/** What a step of a run is in the story; undefined for what is told otherwise (an exception tells itself). `runEndedMs`: of a run that is over. */
export function stepMoment(step: StepRecord, landscape: Landscape, nowMs: number, runEndedMs?: number): Moment | undefined {
  const { run, id, status, issuedMs, endedMs } = step;
  const common = { atMs: issuedMs, at: instant(issuedMs), run, step: id, status };
  const isCutOff = step.done === undefined && runEndedMs !== undefined;
  const durationMs = (endedMs ?? (isCutOff ? runEndedMs : nowMs)) - issuedMs;
  const detail = { input: recorded(step.input), output: recorded(step.output) };
  switch (step.kind) {
    case 'query':
      return {
        ...common,
        kind: 'query',
        definition: `capability:${step.name}`,
        title: `Asks ${systemTitle(step, landscape)}: ${capabilityTitle(step, landscape)}`,
        ...effectParts(step),
        durationMs,
        detail,
      };
    case 'effect': {
      const isUndo = step.mode === 'undo';
      const title = `${systemTitle(step, landscape)}: ${isUndo ? 'undo by ' : ''}${capabilityTitle(step, landscape)} (${entityText(step)})`;
      return {
        ...common,
        kind: isUndo ? 'undo' : 'effect',
        definition: `capability:${step.name}`,
        title,
        ...effectParts(step),
        durationMs,
        detail: { ...detail, mode: step.mode, revision: step.revision, attempts: step.attempts, due: step.dueMs === undefined ? undefined : instant(step.dueMs) },
      };
    }
    case 'decide': {
      const taken = decisionOrigin(step);
      const decision = landscape.of('decision').get(step.name);
      const title = `Decides: ${decision?.title ?? step.name} → ${shortly(detail.output)}`;
      return { ...common, kind: 'decision', definition: `decision:${step.name}`, title, detail: { ...detail, decision: step.name, version: taken?.version, from: taken?.inputs } };
    }
    case 'wait':
      return {
        ...common,
        kind: 'wait',
        definition: `contract:${step.name}`,
        ...waitParts(step, landscape, isCutOff),
        ...triesOf(step),
        durationMs,
        detail: { ...detail, due: step.dueMs === undefined ? undefined : instant(step.dueMs) },
      };
    case 'sleep':
      return {
        ...common,
        kind: 'sleep',
        title: `Pauses until ${step.dueMs === undefined ? 'later' : instant(step.dueMs)}`,
        ...(isCutOff && { status: 'ended' }),
        durationMs,
        detail,
      };
    case 'compensate':
      // The deed tells itself.
      if (step.id === cancelStep) return undefined;
      return { ...common, kind: 'undo', title: `Undoes ${String(detail.input)}, which was posted: first learns what became of it`, durationMs, detail };
    case 'raise':
      return undefined;
  }
}

function effectParts(step: StepRecord): Pick<Moment, 'system' | 'tries'> {
  const tries = historyOf(step).map(({ atMs, what, note }) => ({ at: instant(atMs), what, ...(note !== undefined && { note }) }));
  return { ...(step.system !== undefined && { system: step.system }), tries };
}

/** Of a wait that a person ended. */
function triesOf(step: StepRecord): Pick<Moment, 'tries'> {
  return step.history === '[]' ? {} : { tries: effectParts(step).tries ?? [] };
}

function waitParts(step: StepRecord, landscape: Landscape, isCutOff: boolean): Pick<Moment, 'title' | 'status'> {
  return waitWords(step, isCutOff ? 'ended' : step.done === undefined ? 'waiting' : recorded(step.output) === null ? 'timed out' : 'came', landscape);
}

export function waitWords(
  { name, dueMs }: Pick<StepRecord, 'name' | 'dueMs'>,
  status: 'waiting' | 'came' | 'timed out' | 'ended',
  landscape: Landscape,
): { readonly title: string; readonly status: string } {
  const event = landscape.of('contract').get(name)?.title ?? name;
  switch (status) {
    case 'waiting':
      return { title: `Waits for "${event}"${dueMs === undefined ? '' : ` until ${instant(dueMs)}`}`, status };
    case 'came':
      return { title: `Waited for "${event}": it came`, status };
    case 'timed out':
      return { title: `Waited for "${event}": it did not come in time`, status };
    case 'ended':
      return { title: `Waited for "${event}" until its run ended`, status };
  }
}

function systemTitle(step: StepRecord, landscape: Landscape): string {
  return landscape.of('system').get(step.system ?? '')?.title ?? step.system ?? 'nobody';
}

export function capabilityTitle(step: StepRecord, landscape: Landscape): string {
  return landscape.of('capability').get(step.name)?.title ?? step.name;
}

function entityText({ entity, revision }: StepRecord): string {
  return `${entity ?? ''}${revision === undefined ? '' : `, revision ${revision}`}`;
}

/** What a decision came to, in a few words: its kind, where it names one. */
function shortly(output: unknown): string {
  const kind = fieldOf(output, 'kind');
  return typeof kind === 'string' ? kind : (JSON.stringify(output) ?? 'nothing').slice(0, 80);
}
