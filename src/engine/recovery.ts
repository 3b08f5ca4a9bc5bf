import { hashId } from '../kernel/ids.ts';
import type { Landscape } from '../model/landscape.ts';
import type { ExceptionClass } from '../model/exception-class.ts';
import { orderImpact } from '../model/impact.ts';
import type { Ownership } from '../model/owner.ts';
import { endedStatuses, type Change, type EventRecord, type ExceptionRecord, type RunRecord, type Store } from '../store/store.ts';
import type { Dispatcher } from './effects/dispatcher.ts';
import { openQuestion, type Errand } from './effects/errand.ts';
import { classOfContract, classOfSystem } from './exceptions/class.ts';
import { builtIn, type Opening } from './exceptions/opening.ts';
import { runHomes } from './flows/run-home.ts';
import { parkedChoices } from './flows/run-case.ts';
import type { RunnerParts } from './flows/runner-parts.ts';
import type { Runner } from './flows/runner.ts';
import { recoveredErrand } from './flows/step-errand.ts';
import { recordedEffects, recordedRuns } from './recorded-runs.ts';
import { watchCase, whyOf } from './watch/watch-case.ts';
import { runOfStep, type Conviction, type Subject } from './watch/watch.ts';

interface RecoveryParts {
  readonly store: Store;
  readonly run: RunnerParts;
  readonly dispatcher: Dispatcher;
  readonly resume: Runner['resume'];
}

const casesMax = 100_000;

/** First the effects, in the order of their intents, so that queues stand as they stood; then the runs that wait for them. */
export async function recover(parts: RecoveryParts): Promise<void> {
  const { store, run, resume } = parts;
  const { oversight } = run;
  const cases = await store.exceptions({ status: 'unresolved', type: 'effect-parked', limit: casesMax });
  const open = (await store.openEffects()).filter(({ status }) => !endedStatuses.includes(status));
  const live = (await store.liveRuns()).toSorted(byTurn);
  for await (const { step: record, run: of, event } of recordedEffects(store, open, live)) {
    const errand = recoveredErrand(runHomes(run).partsOf(of), record, event);
    if (!errand) continue;
    const conviction = oversight.conviction(errand.subject);
    if (oversight.alert) oversight.suspect(errand.subject);
    // Killed between the parking and its mark as carried out: it is parked already.
    parts.dispatcher.recover(errand, conviction && record.status !== 'parked' ? `its binding ${whyOf(conviction)}` : undefined);
    if (conviction) run.pipeline.add([], () => oversight.carriedOut(conviction));
    // Killed between an owner's decision and its record: the effect is still parked, so its case is open again.
    const answered = record.status === 'parked' && !cases.some(({ run: of, step }) => of === record.run && step === record.id);
    if (answered) run.pipeline.add(run.open(parkedOpening(errand, takenOver(errand) ?? "the hub ended before its owner's decision was carried out", run.clock.now())));
  }
  await sentence(parts);
  const cased = new Set(live.some(({ status }) => status === 'parked') ? (await store.exceptions({ status: 'unresolved', limit: casesMax })).map(caseOf) : []);
  for await (const { record, event, steps } of recordedRuns(store, live)) {
    const isParked = record.status === 'parked';
    const subject: Subject = { kind: 'run', key: record.id, of: { kind: 'flow', name: record.flow } };
    if (oversight.alert && !isParked) oversight.suspect(subject);
    if (isParked && !cased.has(record.id) && !oversight.isConvicted(subject)) run.pipeline.add(reopened(run, record, event));
    resume(record, event, steps);
  }
  await oversight.recovered();
}

/** Those that began first, then those that wait, as they came: what was mended stands where it stood. */
function byTurn(a: RunRecord, b: RunRecord): number {
  if (a.status === 'queued' && b.status === 'queued') return a.startedMs - b.startedMs;
  return Number(a.status === 'queued') - Number(b.status === 'queued');
}

/** Why a hub that took over from another parked it before anything was recovered. */
function takenOver({ history }: Errand): string | undefined {
  const last = history.at(-1);
  return last?.what === 'parked' && last.note?.startsWith('taken over') ? last.note : undefined;
}

/** The run that a case is about, where it is about the run itself. */
function caseOf({ run, step }: ExceptionRecord): string | undefined {
  return step === undefined ? run : undefined;
}

/** Killed between an owner's decision and its record: the run is still parked, so somebody must decide again. */
function reopened({ landscape, open, clock }: RunnerParts, record: RunRecord, event: EventRecord): readonly Change[] {
  const flow = landscape.of('flow').get(record.flow);
  const owner = flow?.owner ?? [...landscape.of('owner').values()][0];
  if (!owner) return [];
  const nowMs = clock.now();
  const opening = builtIn({
    id: hashId('run-failed', record.id, String(nowMs)).slice(0, 20),
    type: 'run-parked',
    class: classOfContract(landscape, landscape.contractOfType(event.type)),
    owner,
    summary: `${flow?.title ?? record.flow} is still parked for ${record.key}: the hub ended before its owner's decision was carried out`,
    keys: event.keys,
    evidence: { reason: record.reason },
    suggestions: parkedChoices,
    actions: ['retry', 'cancel', 'compensate'],
    run: record.id,
    nowMs,
  });
  return open(opening);
}

/** What follows from convictions of other things than effects and runs on record. */
async function sentence({ store, run }: RecoveryParts): Promise<void> {
  const { oversight, pipeline } = run;
  for (const conviction of oversight.remaining()) {
    const { subject } = conviction;
    switch (subject.kind) {
      case 'effect':
        await transferToRun(store, run, conviction);
        break;
      case 'event':
      case 'webhook':
      case 'ask':
        pipeline.add(barredOpening(run, conviction, inputRefused), () => oversight.carriedOut(conviction, true));
        break;
      case 'replay':
        pipeline.add(barredOpening(run, conviction, replayRefused), () => oversight.carriedOut(conviction, true));
        break;
      case 'system':
        pipeline.add(barredOpening(run, conviction, connectorAside), () => oversight.carriedOut(conviction, true));
        break;
      case 'run':
      case 'key': // told when they would run
      case 'rule': // of an edge
    }
  }
}

/** A query leaves no record before its answer: its run would ask again. An effect on record was decided before. */
async function transferToRun(store: Store, { oversight }: RunnerParts, conviction: Conviction): Promise<void> {
  const { key, of } = conviction.subject;
  const run = runOfStep(key);
  const isRecorded = (await store.steps(run)).some(({ id }) => id === key.slice(run.length + 1));
  oversight.transfer(conviction, { kind: isRecorded ? 'effect' : 'run', key: isRecorded ? key : run, of });
}

/** Lets go of convictions of what no longer runs. */
export async function dismiss(store: Store, { oversight }: RunnerParts): Promise<void> {
  for (const conviction of oversight.remaining()) {
    const { kind, key } = conviction.subject;
    const run = kind === 'run' || kind === 'effect' ? await store.run(runOfStep(key)) : undefined;
    if (run?.status !== 'active' && run?.status !== 'queued') oversight.carriedOut(conviction);
  }
}

const inputRefused = { type: 'input-refused', what: 'made of an input', choice: 'This very input is refused from now on; others are taken.' };
const replayRefused = {
  type: 'input-refused',
  what: 'did with an event that was played again',
  choice: 'With this landscape the event is not played into the flow again; its run stands as it was.',
};
const connectorAside = {
  type: 'connector-set-aside',
  what: 'did by its own connector',
  choice: 'It is not connected until the landscape is mended; what is to be sent to it waits.',
};

/** The case of an event that must not be played into a flow again. */
export function replayBarred(run: Pick<RunnerParts, 'landscape' | 'open' | 'clock'>, conviction: Conviction): readonly Change[] {
  return barredOpening(run, conviction, replayRefused);
}

function barredOpening({ landscape, open, clock }: Pick<RunnerParts, 'landscape' | 'open' | 'clock'>, conviction: Conviction, words: typeof inputRefused): readonly Change[] {
  const { of } = conviction.subject;
  const owner = ownerOf(landscape, of) ?? [...landscape.of('owner').values()][0];
  if (!owner) return [];
  const opening = watchCase(conviction, {
    type: words.type,
    class: classOfSubject(landscape, of),
    what: `What the ${of.kind} "${of.name}" ${words.what}`,
    owner,
    keys: {},
    actions: [],
    choices: [words.choice],
    times: 1,
    nowMs: clock.now(),
  });
  return open(opening);
}

function classOfSubject(landscape: Landscape, { kind, name }: Subject['of']): ExceptionClass {
  const system = kind === 'webhook' ? landscape.of('webhook').get(name)?.system : kind === 'system' ? landscape.of('system').get(name) : landscape.bindingOf(name)?.system;
  return system ? classOfSystem(system) : classOfContract(landscape, landscape.of('contract').get(name));
}

function ownerOf(landscape: Landscape, { kind, name }: Subject['of']): Ownership | undefined {
  if (kind === 'webhook') return landscape.of('webhook').get(name)?.system.owner;
  if (kind === 'system') return landscape.of('system').get(name)?.owner;
  if (kind === 'flow') return landscape.of('flow').get(name)?.owner;
  if (kind === 'binding') return landscape.of('binding').get(name)?.capability.owner;
  return landscape.of('contract').get(name)?.owner ?? landscape.of('capability').get(name)?.owner;
}

export function parkedOpening(errand: Errand, reason: string, nowMs: number): Opening {
  const { capability, binding } = errand;
  const asked = openQuestion(errand) !== undefined;
  return builtIn({
    id: hashId('parked', errand.key, String(nowMs)).slice(0, 20),
    type: 'effect-parked',
    class: classOfSystem(binding.system),
    owner: capability.owner,
    summary: `${capability.title} at ${binding.system.title} is parked: ${reason}`,
    keys: errand.keys,
    evidence: { capability: capability.name, system: binding.system.name, input: errand.input, reason, history: errand.history, key: errand.key },
    suggestions: [
      ...(asked ? [`Answer the question of ${binding.system.title}: accept sends it again with your yes, cancel says no.`] : []),
      `Look in ${binding.system.title} whether it was done (reference ${errand.key}).`,
      'Then choose mark-done if it was, retry if it was not, edit to ask for something else, or skip if it must not happen any more.',
      'Or choose compensate: what the run has done is undone, last first, and it ends.',
    ],
    actions: [...(asked ? (['accept'] as const) : []), 'retry', 'mark-done', 'cancel', 'edit', 'skip', 'compensate'],
    run: errand.run,
    step: errand.step,
    orders: [orderImpact(errand.keys, capability.impact, errand.input)].filter((one) => one !== undefined),
    nowMs,
  });
}
