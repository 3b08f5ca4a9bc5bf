import type { Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import type { ExceptionRecord, ExceptionStatus } from '../../store/store.ts';
import type { Dispatcher } from '../effects/dispatcher.ts';
import { errandKey } from '../effects/errand.ts';
import type { RunDeed, RunDesk } from '../operations/run-desk.ts';
import type { Turnstile } from '../operations/turnstile.ts';
import { assertWhy, type Deed } from '../operations/why.ts';
import type { CaseBook, CaseChange } from './case-book.ts';
import { factsOf } from './case-facts.ts';
import type { Escalations } from './escalation.ts';
import { withEntry } from './opening.ts';

/** What a person wants done with an exception. `version` is the one that the person saw. */
export interface Order {
  readonly id: string;
  readonly version: number;
  readonly by: string;
  /** Why, in words; may be empty where `needsWhy` says so. */
  readonly note: string;
  readonly action: Deed;
  /** For `mark-done`: the answer that the system would have given. For `edit`: the new input. For `skip`: what the flow gets instead of an answer. */
  readonly value?: unknown;
}

/** The desk at which owners act. */
export interface Desk {
  /** The exception after the change. Raises NOT_FOUND, CONFLICT (somebody was faster, or it is resolved), INPUT_INVALID (`path: /note` where the note is wanting). */
  act(order: Order): Promise<ExceptionRecord>;
}

export interface DeskParts {
  readonly book: CaseBook;
  readonly escalations: Escalations;
  readonly dispatcher: Dispatcher;
  /** Lets a parked run go. */
  readonly abandonRun: (run: string) => Promise<void>;
  readonly runDesk: RunDesk;
  /** One order of a run at a time, at either desk. */
  readonly turnstile: Turnstile;
  /** Why a case cannot be closed by itself; undefined where it can. */
  readonly holdsCase: (id: string) => string | undefined;
  readonly clock: Clock;
}

export function desk({ book, escalations, dispatcher, abandonRun, runDesk, turnstile, holdsCase, clock }: DeskParts): Desk {
  function changed(record: ExceptionRecord, order: Order): CaseChange {
    if (order.action === 'escalate') return escalations.byHand(record, order.by, order.note);
    const nowMs = clock.now();
    const status: ExceptionStatus = order.action === 'acknowledge' ? 'acknowledged' : 'resolved';
    const next: ExceptionRecord = {
      ...record,
      status,
      changedMs: nowMs,
      history: withEntry(record.history, { atMs: nowMs, by: order.by, action: order.action, note: order.note }),
    };
    const details = JSON.stringify({ note: order.note, version: record.version + 1 });
    return { record: next, more: [{ change: 'audit.add', atMs: nowMs, actor: order.by, action: `exception.${order.action}`, subject: order.id, details }] };
  }

  async function settle(record: ExceptionRecord, order: Order): Promise<void> {
    if (order.action === 'acknowledge' || order.action === 'resolve' || order.action === 'escalate' || record.run === undefined) return;
    if (record.step === undefined) {
      if (order.action === 'cancel') await abandonRun(record.run);
      return;
    }
    if (order.action !== 'edit' && order.action !== 'skip' && order.action !== 'compensate')
      dispatcher.settle(record.run, record.step, order.action === 'mark-done' ? { done: order.value } : order.action);
  }

  function judge(record: ExceptionRecord, order: Order): void {
    if (record.status === 'resolved') throw new Fault('CONFLICT', `Exception ${record.id} was resolved already.`, { version: record.version });
    // What was only counted since, or passed on, takes nothing from what the person saw.
    if (order.version < factsOf(record).decidedAt || order.version > record.version)
      throw new Fault('CONFLICT', `Exception ${record.id} is at version ${record.version}; you saw ${order.version}.`, { version: record.version });
    if (order.action !== 'acknowledge' && order.action !== 'resolve' && order.action !== 'escalate' && !record.actions.includes(order.action)) {
      throw new Fault(
        'INPUT_INVALID',
        `"${order.action}" does not apply to exception ${record.id}; it offers: ${['acknowledge', 'resolve', 'escalate', ...record.actions].join(', ')}.`,
      );
    }
    const holds = order.action === 'resolve' ? holdsCase(record.id) : undefined;
    if (holds !== undefined) throw new Fault('INPUT_INVALID', holds, { exception: record.id });
    if (order.action === 'resolve' && record.type === 'compensation-refused' && record.actions.length > 0)
      throw new Fault('INPUT_INVALID', `What exception ${record.id} is about is not set back: choose ${record.actions.join(', ')}.`, { exception: record.id });
    // What failed waits for nobody: its case can be closed without a word about it.
    if (order.action === 'resolve' && record.actions.includes('cancel')) {
      throw new Fault('INPUT_INVALID', `${record.step === undefined ? 'A run' : 'An effect'} waits for exception ${record.id}: choose ${record.actions.join(', ')}.`);
    }
  }

  /** What would be refused after the commit is refused before it: an exception is never resolved over an effect that still waits. */
  function judgeEffect(record: ExceptionRecord, order: Order): void {
    if (order.action === 'acknowledge' || order.action === 'resolve' || order.action === 'escalate' || record.run === undefined || record.step === undefined) return;
    const key = errandKey(record.run, record.step);
    const errand = dispatcher.errand(record.run, record.step);
    if (errand?.status !== 'parked') throw new Fault('CONFLICT', `${key} is not parked any more.`, { key });
    const difference = order.action === 'mark-done' ? errand.capability.output.difference(order.value) : undefined;
    if (difference) throw new Fault('INPUT_INVALID', `That is no answer of ${errand.capability.name} at ${difference.path}: ${difference.reason}.`, { key });
  }

  async function known(id: string): Promise<ExceptionRecord> {
    const record = await book.find(id);
    if (!record) throw new Fault('NOT_FOUND', `No exception is called "${id}".`);
    return record;
  }

  async function decide(order: Order): Promise<ExceptionRecord> {
    // The version decides who was first; only then the effect is touched.
    const next = await book.change(order.id, (record) => {
      judge(record, order);
      judgeEffect(record, order);
      return changed(record, order);
    });
    if (!next) {
      // Dropped since, where it was resolved long ago.
      await known(order.id);
      throw new Fault('CONFLICT', `Exception ${order.id} was changed by somebody else at this moment.`);
    }
    await settle(next, order);
    return next;
  }

  return {
    async act(order) {
      const record = await known(order.id);
      assertWhy(order.action, order.note, 'note');
      const deed = runDeed(record, order);
      if (record.run === undefined) return decide(order);
      if (!deed) return turnstile.pass(record.run, () => decide(order));
      const inTurn = async (): Promise<void> => judge(await known(order.id), order);
      // Whoever acts on a case has been told to look first. The case is closed in the same commit.
      await runDesk.act({ run: record.run, by: order.by, reason: order.note, deed, step: record.step, checked: true, onCurrentRelease: releaseOf(record), inTurn });
      return known(order.id);
    },
  };
}

/** Whether a run stands still because of the landscape's code, which was mended meanwhile or not. */
function isOfCode(type: string): boolean {
  return type === 'run-parked' || type === 'run-quarantined' || type === 'replay-diverged';
}

/** What stands still because of its code goes on with the mended one, where that takes the steps that were taken; all else with its own. */
function releaseOf({ type }: ExceptionRecord): 'where it fits' | 'where it must' {
  return isOfCode(type) ? 'where it fits' : 'where it must';
}

/** What is asked of the run that a case is about, where the run's own desk does it. */
function runDeed({ type }: ExceptionRecord, { action, value }: Order): RunDeed | undefined {
  switch (action) {
    case 'edit':
      return { kind: 'edit', input: value };
    case 'skip':
      return { kind: 'skip', ...(value !== undefined && { value }) };
    case 'compensate':
      return { kind: 'cancel' };
    case 'retry':
      return type === 'capability-refused' || type === 'compensation-refused' || isOfCode(type) ? { kind: 'retry' } : undefined;
    case 'acknowledge':
    case 'resolve':
    case 'escalate':
    case 'accept':
    case 'cancel':
    case 'mark-done':
      return undefined;
  }
}
