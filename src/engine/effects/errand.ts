import type { Binding } from '../../model/binding.ts';
import type { Capability, Result } from '../../model/capability.ts';
import type { BusinessKeys } from '../../model/contract.ts';
import type { Subject } from '../watch/watch.ts';
import type { StepMode, StepRecord, StepStatus } from '../../store/store.ts';
import type { Wish } from './wishes.ts';

/** One thing that was tried or learnt about an errand. */
export interface HistoryEntry {
  readonly atMs: number;
  readonly what:
    | 'sent'
    | 'answered'
    | 'refused'
    | 'not executed'
    | 'no answer'
    | 'reply broken'
    | 'read back'
    /** The system wants a person's yes; the note names the question. */
    | 'asked'
    /** The owner said yes to that question. */
    | 'accepted'
    | 'parked'
    | 'resolved'
    | 'expired'
    | 'cancelled'
    | 'recovered'
    /** The hub's log was restored from a copy: a hub before may have sent it. */
    | 'restored'
    | 'buffered';
  readonly note?: string;
}

const historyMax = 60;

/** How an errand ended. */
export type Ending = { readonly status: 'done' | 'refused'; readonly result: Result<unknown, unknown> } | { readonly status: 'cancelled' | 'expired'; readonly result: undefined };

/** One call on its way to a system: an effect (recorded before it is tried) or a query (tried as often as it takes). */
export interface Errand extends Wish {
  readonly run: string;
  readonly step: string;
  /** `run` + `step`: the idempotency key and the reference to read back by. */
  readonly key: string;
  readonly query: boolean;
  readonly mode: StepMode;
  readonly capability: Capability;
  readonly binding: Binding;
  /** On whose behalf the binding's code runs. */
  readonly subject: Subject;
  readonly input: unknown;
  readonly keys: BusinessKeys;
  /** Errands of one queue are sent one after the other, in the order of their intents. */
  readonly queue: string;
  /** Made when it is asked for: it costs a hash, and not every connection sends it. */
  readonly traceparent: () => string;
  readonly issuedMs: number;
  /** A posted effect that was not tried by then expires. */
  readonly expiresMs: number | undefined;
  status: StepStatus;
  attempts: number;
  revision: number;
  history: HistoryEntry[];
  /** Whether its intent is durable. */
  durable: boolean;
  /** Not before then. */
  notBeforeMs: number;
  /** When the log was restored, where the hub before may have done this after the copy was made. */
  readonly restoredMs: number | undefined;
  /** When a try that was given up can no longer take effect, for what is `unknown`. */
  settledMs: number;
  /** Whether an earlier try may have taken effect: a later one that was certainly not executed does not change that. */
  doubtful: boolean;
  /** Replies in a shape that the binding does not know. */
  broken: number;
  /** Called once, in the turn in which the ending becomes known; it records it. */
  readonly onEnd: (errand: Errand, ending: Ending) => void;
  /** For a query that only its caller waits for: called instead of parking it. */
  readonly onBroken?: (reason: string) => void;
}

/** The identity that an errand has for every try, on every side. */
export function errandKey(run: string, step: string): string {
  return `${run}/${step}`;
}

export function note(errand: Errand, entry: HistoryEntry): void {
  errand.history.push(entry);
  if (errand.history.length > historyMax) errand.history.splice(1, errand.history.length - historyMax);
}

/** Questions of the system that the owner has said yes to. */
export function acceptedOf({ history }: Errand): readonly string[] {
  return history.flatMap(({ what, note: question }) => (what === 'accepted' && question !== undefined ? [question] : []));
}

/** The question that the system asked last, while nobody has said yes to it. */
export function openQuestion({ history }: Pick<Errand, 'history'>): string | undefined {
  const last = history.findLast(({ what }) => what === 'asked' || what === 'accepted');
  return last?.what === 'asked' ? last.note : undefined;
}

/** The history as JSON, for the record. Put together by hand: twice a step, at a third of what `JSON.stringify` takes. */
export function historyText({ history }: Errand): string {
  let text = '';
  for (const { atMs, what, note: more } of history)
    text += `${text === '' ? '' : ','}{"atMs":${atMs},"what":"${what}"${more === undefined ? '' : `,"note":${JSON.stringify(more)}`}}`;
  return `[${text}]`;
}

/** The history of a stored step. Our own writing: its shape is known. */
export function historyOf(record: StepRecord): HistoryEntry[] {
  const parsed: unknown = JSON.parse(record.history);
  // Written by historyText() only.
  return Array.isArray(parsed) ? (parsed as HistoryEntry[]) : [];
}
