import type { Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Binding } from '../../model/binding.ts';
import type { Capability, Result } from '../../model/capability.ts';
import { keysOf, type BusinessKeys } from '../../model/contract.ts';
import type { Change, StepStatus } from '../../store/store.ts';
import { readBackWords } from './doubt.ts';
import { anewMax, beginsAnew, outputText, sentKey, type Ending, type Errand } from './errand.ts';
import { historyText, type HistoryEntry } from './history.ts';

/** What a person makes of an effect that cannot go on by itself. */
export type Decided =
  /** Once more. */
  | { readonly kind: 'retry' }
  /** Something else is asked for. */
  | { readonly kind: 'edit'; readonly input: unknown }
  /** It was done; this is what the system would have answered. */
  | { readonly kind: 'supply'; readonly value: unknown }
  /** It is let go; `value` is what its flow gets instead of an answer. */
  | { readonly kind: 'skip'; readonly value?: unknown };

/** Who decided, and why. */
export interface Decider {
  readonly by: string;
  readonly reason: string;
  readonly nowMs: number;
}

/** What follows for an effect from what was decided about it. */
export interface Verdict {
  readonly status: StepStatus;
  readonly history: readonly HistoryEntry[];
  /** How it ends; undefined where it is sent (again). */
  readonly ending: Ending | undefined;
  /** What is sent from here on. */
  readonly input: unknown;
  readonly keys: BusinessKeys;
  /** The identity that it is sent under. */
  readonly key: string;
}

/** What a binding allows where an earlier try may have been executed. */
export interface SecondTry {
  /** Whether it can be asked what became of it. */
  readonly canReadBack: boolean;
  /** Whether its system takes one key once, so that it may simply be sent again. */
  readonly canRepeat: boolean;
}

export function secondTry(binding: Pick<Binding, 'guarantee'> | undefined): SecondTry {
  const kind = binding?.guarantee?.kind;
  return { canReadBack: kind === 'read-back', canRepeat: kind === 'idempotency-key' || kind === 'at-least-once' };
}

/** An effect as somebody decides about it: parked and in memory, or refused and on record only. */
export interface Stuck extends SecondTry {
  readonly run: string;
  readonly step: string;
  readonly capability: Capability;
  /** As it was sent last. */
  readonly input: unknown;
  readonly attempts: number;
  readonly history: readonly HistoryEntry[];
  readonly status: 'parked' | 'refused';
}

/**
 * What follows from a decision. Pure. Raises INPUT_INVALID for an input or value that the capability does not have, for another entity, and
 * where it was begun anew too often. A retry of a parked effect keeps its identity, so that what may be there is found; what was refused,
 * or is edited, is another request for the system, and gets another one.
 */
export function verdictOn(stuck: Stuck, decided: Decided, { by, reason, nowMs }: Decider): Verdict {
  const { run, step, capability, input, history } = stuck;
  const judged = (entry: Omit<HistoryEntry, 'atMs' | 'by'>, more: Pick<Verdict, 'status' | 'ending'> & { readonly input?: unknown }): Verdict => {
    const told = [...history, { atMs: nowMs, by, ...entry }];
    if (told.filter(beginsAnew).length > anewMax) throw new Fault('INPUT_INVALID', `${run}/${step} was begun anew ${anewMax} times. Skip it, or supply its result.`, { step });
    const sent = 'input' in more ? more.input : input;
    return { status: more.status, ending: more.ending, history: told, input: sent, keys: keysOf(capability.keys, sent), key: sentKey(run, step, told) };
  };
  switch (decided.kind) {
    case 'retry':
      if (stuck.status === 'refused') return judged({ what: 'tried anew', note: saying(by, reason) }, { status: 'open', ending: undefined });
      return judged({ what: 'resolved', note: saying(by, reason, 'retry') }, { status: retriedStatus(stuck), ending: undefined });
    case 'edit': {
      fits(capability.input, decided.input, `${capability.name} does not take this input`);
      if (entityIn(capability, decided.input) !== entityIn(capability, input))
        throw new Fault('INPUT_INVALID', `An edit keeps "${capability.entity}", whose changes have their order. Skip this step and start again for the other one.`, { step });
      const note = saying(by, reason, `${JSON.stringify(input)} → ${JSON.stringify(decided.input)}`);
      return judged({ what: 'edited', note, input: decided.input }, { status: 'open', ending: undefined, input: decided.input });
    }
    case 'supply': {
      fits(capability.output, decided.value, `That is no answer of ${capability.name}`);
      return judged({ what: 'resolved', note: saying(by, reason, suppliedWord) }, { status: 'done', ending: { status: 'done', result: { ok: true, value: decided.value } } });
    }
    case 'skip': {
      if (decided.value !== undefined) fits(capability.output, decided.value, `That is no answer of ${capability.name}`);
      const result: Result<unknown, unknown> = decided.value === undefined ? { ok: false, refusal: { code: 'SKIPPED', reason } } : { ok: true, value: decided.value };
      return judged({ what: 'skipped', note: saying(by, reason) }, { status: 'cancelled', ending: { status: 'cancelled', result, skipped: { by, reason } } });
    }
  }
}

/** Of what may have been done already nobody must say later that it was never tried: it is in doubt until its system has answered. */
export function retriedStatus(stuck: Pick<Stuck, 'canReadBack' | 'canRepeat' | 'status' | 'history'>): 'unknown' | 'open' {
  return stuck.canReadBack || (stuck.canRepeat && !isCertainlyNotDone(stuck)) ? 'unknown' : 'open';
}

/** The record of a verdict, for the commit with everything that follows from it; its flow learns an ending later. */
export function verdictRecorded({ run, step, attempts }: Stuck, { status, history, ending }: Verdict, nowMs: number): Extract<Change, { change: 'step.set' }> {
  return {
    change: 'step.set',
    run,
    id: step,
    status,
    done: undefined,
    output: ending && outputText(ending),
    endedMs: ending && nowMs,
    attempts,
    history: historyText({ history }),
  };
}

/** Makes an errand what a verdict says that is sent from here on. */
export function renew(errand: Errand, { status, input, keys, key }: Verdict, clock: Clock): void {
  const isOther = errand.key !== key;
  errand.status = status;
  errand.input = input;
  errand.keys = keys;
  errand.key = key;
  errand.broken = 0;
  errand.settledMs = clock.steady();
  errand.notBeforeMs = clock.steady();
  // Nothing was ever sent under another identity.
  if (isOther) errand.doubtful = false;
  else if (status === 'unknown') errand.doubtful = true;
}

/** Whether it is certain that nothing was done: no try is without a clear end. */
export function isCertainlyNotDone(stuck: Pick<Stuck, 'status' | 'history'>): boolean {
  if (stuck.status === 'refused') return true;
  const last = stuck.history.findLastIndex((entry) => beginsAnew(entry));
  let isUnderWay = false;
  let isInDoubt = false;
  for (const { what, note } of stuck.history.slice(last + 1)) {
    if (what === 'sent') isUnderWay = true;
    else if (what === 'not executed') isUnderWay = false;
    else if (what === 'recovered' || what === 'restored' || what === 'answered' || what === 'reply broken' || what === 'no answer') isInDoubt = true;
    else if (what === 'read back' && note === readBackWords.absent) [isUnderWay, isInDoubt] = [false, false];
  }
  return !isUnderWay && !isInDoubt;
}

/** What an owner said at a case about an effect, as its history notes it. */
export function settledNote(how: 'accept' | 'retry' | 'cancel' | object): string {
  return typeof how === 'string' ? how : saidDone;
}

const saidDone = 'done, says its owner';

/** What a person decided there about an effect or a wait; undefined where it was only tried again, or went on as it was asked for. */
export function decisionIn({ what, note = '', by }: HistoryEntry): 'edited' | 'skipped' | 'supplied' | undefined {
  if (what === 'edited' || what === 'skipped') return what;
  if (what !== 'resolved') return undefined;
  if (note === settledNote('cancel')) return 'skipped';
  return note === saidDone || (by !== undefined && note.startsWith(saying(by, '', suppliedWord))) ? 'supplied' : undefined;
}

function entityIn(capability: Capability, input: unknown): unknown {
  return typeof input === 'object' && input !== null ? Object.entries(input).find(([name]) => name === capability.entity)?.[1] : undefined;
}

function fits(shape: Capability['input'] | Capability['output'], value: unknown, sentence: string): void {
  const difference = shape.difference(value);
  if (difference) throw new Fault('INPUT_INVALID', `${sentence} at ${difference.path}: ${difference.reason}.`, { path: difference.path });
}

const suppliedWord = 'done';

function saying(by: string, reason: string, what = ''): string {
  return `by ${by}${what === '' ? '' : `, ${what}`}${reason === '' ? '' : `: ${reason}`}`;
}
