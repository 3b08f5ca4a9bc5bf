import { Fault, messageOf } from '../../kernel/errors.ts';
import { hashId } from '../../kernel/ids.ts';
import type { ExceptionClass } from '../../model/exception-class.ts';
import type { Flow } from '../../model/flow.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { Ownership } from '../../model/owner.ts';
import type { EventRecord, RunRecord } from '../../store/store.ts';
import { classOfContract, classOfRun } from '../exceptions/class.ts';
import { builtIn, type Opening } from '../exceptions/opening.ts';
import { refusedOrders } from '../exceptions/refused-impact.ts';
import type { LiveRun } from './live-run.ts';
import { RefusedByBusiness } from './steps.ts';

/** What the owner of a parked run can choose. */
export const parkedChoices = [
  'Then choose retry: the run follows its recorded steps and goes on.',
  'Or choose cancel: the run ends here, and the next of its key can start.',
  'Or choose compensate: what the run has done is undone, last first, and it ends.',
];

const letGoWords = 'let go by its owner: ';

/** Why a parked run has ended that its owner let go. */
export function letGoReason(parked = ''): string {
  return `${letGoWords}${parked}`;
}

/** Whether a run has ended so. */
export function isLetGo({ status, reason = '' }: Pick<RunRecord, 'status' | 'reason'>): boolean {
  return status === 'failed' && reason.startsWith(letGoWords);
}

/** What the owner of a run that could not go on is told. */
export function failedCase(landscape: Landscape, run: LiveRun, error: unknown, nowMs: number): Opening {
  const id = hashId('run-failed', run.record.id, String(nowMs)).slice(0, 20);
  const base = { id, keys: run.event.keys, run: run.record.id, owner: run.flow.owner, nowMs, class: classOfFailure(landscape, run, error) };
  if (error instanceof RefusedByBusiness)
    return builtIn({
      ...base,
      type: 'capability-refused',
      summary: `${run.flow.title}: ${error.capability} was refused for ${run.record.key}`,
      evidence: { capability: error.capability, input: error.input, refusal: error.refusal },
      orders: refusedOrders(landscape, error.capability, error.input, run.event),
      suggestions: [
        'Settle the reason in the system that refused, then choose retry: it is asked again, and the run goes on.',
        'Or choose edit to ask for something else, skip to go on with a value that you give, or compensate to undo what the run has done.',
      ],
      actions: ['retry', 'edit', 'skip', 'compensate'],
    });
  const code = error instanceof Fault ? error.code : 'LANDSCAPE_THREW';
  return builtIn({
    ...base,
    type: code === 'REPLAY_DIVERGED' ? 'replay-diverged' : 'run-parked',
    summary: `${run.flow.title} parked for ${run.record.key}: ${messageOf(error)}`,
    evidence: { code, message: messageOf(error), stack: error instanceof Error ? (error.stack ?? '').split('\n').slice(0, 8) : [] },
    suggestions: [error instanceof Fault ? error.help : 'Mend the flow.', ...parkedChoices],
    actions: ['retry', 'cancel', 'compensate'],
  });
}

/** What the owner of a flow is told whose `key()` threw. */
export function keylessCase(landscape: Landscape, flow: Flow, event: EventRecord, error: unknown, nowMs: number): Opening {
  return builtIn({
    id: hashId('flow-key', flow.name, event.source, event.id).slice(0, 20),
    type: 'run-not-started',
    class: classOfContract(landscape, flow.on),
    owner: flow.owner,
    summary: `${flow.title} could not start: its key() threw "${messageOf(error)}"`,
    keys: event.keys,
    evidence: { event: event.type, position: event.position },
    suggestions: ['Mend key() in the flow, then send the event again, or replay it: lineshaft replay --live.'],
    actions: [],
    subject: [flow.name],
    nowMs,
  });
}

/** What is told about a run that cannot go on in this hub. */
export function strandedCase(landscape: Landscape, record: RunRecord, event: EventRecord, owner: Ownership, reason: string, nowMs: number): Opening {
  return builtIn({
    id: hashId('run-failed', record.id, String(nowMs)).slice(0, 20),
    type: 'run-parked',
    class: classOfContract(landscape, landscape.contractOfType(event.type)),
    owner,
    summary: `Run ${record.id} cannot go on here: ${reason}`,
    keys: event.keys,
    evidence: { run: record.id, release: record.release, protocol: record.protocol },
    suggestions: ['Start the version or release that the run began on.', ...parkedChoices],
    actions: ['retry', 'cancel'],
    run: record.id,
    nowMs,
  });
}

function classOfFailure(landscape: Landscape, run: LiveRun, error: unknown): ExceptionClass {
  const asked = run.ids
    .values()
    .map((id) => id.replace(/#\d+$/, ''))
    .findLast((name) => landscape.of('capability').has(name));
  return classOfRun(landscape, { ...(error instanceof RefusedByBusiness && { refused: error.capability }), asked, eventType: run.event.type });
}

/** What the owner of a flow is told when more wait for one key than there is room for. */
export function crowdedCase(landscape: Landscape, flow: Flow, event: EventRecord, key: string, nowMs: number): Opening {
  return builtIn({
    id: hashId('line-full', flow.name, event.source, event.id).slice(0, 20),
    type: 'line-full',
    class: classOfContract(landscape, flow.on),
    owner: flow.owner,
    summary: `${flow.title} did not take an event for ${key}: ${waitingMax} wait for this key already`,
    keys: event.keys,
    evidence: { event: event.type, position: event.position, source: event.source, id: event.id },
    suggestions: ['Decide about what holds the key; then send the events that are named again, under other ids.'],
    actions: [],
    subject: [flow.name, key],
    nowMs,
  });
}

/** Runs that may wait for one (flow, key). */
export const waitingMax = 10_000;
