import type { Capability } from '../../model/capability.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { StepRecord, Store } from '../../store/store.ts';
import { historyOf } from '../effects/history.ts';
import { classOfRun } from '../exceptions/class.ts';
import { builtIn, type Opening } from '../exceptions/opening.ts';
import { refusedOrders, type TouchingEvent } from '../exceptions/refused-impact.ts';
import type { Pipeline } from '../log/pipeline.ts';

/** An undo that its system refused. */
export interface RefusedUndo {
  readonly run: string;
  /** The step of the undo. */
  readonly step: string;
  /** What its run is about. */
  readonly key: string;
  readonly event: TouchingEvent;
  readonly capability: Capability;
  readonly input: unknown;
  readonly refusal: unknown;
}

/** What the owner of a capability is told whose undo was refused. */
export function undoRefusedCase(landscape: Landscape, { run, step, key, event, capability, input, refusal }: RefusedUndo, id: string, nowMs: number): Opening {
  return builtIn({
    id,
    type: 'compensation-refused',
    class: classOfRun(landscape, { refused: capability.name, asked: undefined, eventType: event.type }),
    owner: capability.owner,
    summary: `${capability.title} could not be undone for ${key}`,
    keys: event.keys,
    evidence: { step: undoneBy(step), capability: capability.name, input, refusal },
    suggestions: [
      'Settle the reason in the system that refused, then choose retry: the undo is asked for again. Or choose edit to ask for something else.',
      'Or set it back by hand in the system, then choose skip, and say so in the note.',
    ],
    actions: ['retry', 'edit', 'skip'],
    run,
    step,
    orders: refusedOrders(landscape, capability.name, input, event),
    nowMs,
  });
}

/** The step in which another one is undone. */
export function undoId(step: string): string {
  return `${undoPrefix}${step}`;
}

const undoPrefix = 'undo:';

function undoneBy(undo: string): string {
  return undo.slice(undoPrefix.length);
}

/** Of a run that has ended: the undos that its systems refused, where nobody has decided about them since. */
export function refusedUndos(steps: readonly StepRecord[]): readonly StepRecord[] {
  return steps.filter(({ kind, mode, status }) => kind === 'effect' && mode === 'undo' && status === 'refused');
}

const notSetBack = 'not set back: ';
const settledBy = 'settled by ';

/** Why a run has ended, with what of it was not undone: `asked` is why it was undone. The steps are named by what they did. */
export function undoneReason(asked: string | undefined, refused: readonly string[]): string | undefined {
  const words = [...(asked === undefined ? [] : [asked]), ...(refused.length === 0 ? [] : [`${notSetBack}${refused.join(', ')}`])];
  return words.length === 0 ? undefined : words.join('; ');
}

/** Brings the reason of an ended run up to what has become of its undos since. */
export async function retellUndos(store: Pick<Store, 'run' | 'steps'>, pipeline: Pick<Pipeline, 'commit'>, id: string): Promise<void> {
  const record = await store.run(id);
  if (record?.status !== 'compensated') return;
  const steps = await store.steps(id);
  const open = steps.filter(({ kind, mode, status }) => kind === 'effect' && mode === 'undo' && status !== 'done' && status !== 'cancelled');
  const [asked = ''] = (record.reason ?? '').split(/(?:^|; )(?:not set back: |settled by )/, 1);
  const reason = [
    ...(asked === '' ? [] : [asked]),
    ...steps.flatMap(settledWords),
    ...(open.length === 0 ? [] : [`${notSetBack}${open.map((step) => undoneBy(step.id)).join(', ')}`]),
  ].join('; ');
  await pipeline.commit([{ change: 'run.set', id, status: 'compensated', endedMs: record.endedMs, reason: reason === '' ? undefined : reason }]);
}

/** An undo that a person let go, who settled it in another way. */
function settledWords(step: StepRecord): readonly string[] {
  if (step.mode !== 'undo' || step.status !== 'cancelled') return [];
  const skipped = historyOf(step).findLast(({ what }) => what === 'skipped');
  return skipped ? [`${settledBy}${(skipped.note ?? '').replace(/^by /, '')} (${undoneBy(step.id)})`] : [];
}
