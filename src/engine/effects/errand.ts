import type { Binding } from '../../model/binding.ts';
import type { Capability, Result } from '../../model/capability.ts';
import type { BusinessKeys } from '../../model/contract.ts';
import { requestFlow } from '../capabilities/request.ts';
import { askedStep } from '../shards/asked-step.ts';
import type { Subject } from '../watch/watch.ts';
import type { StepMode, StepRecord, StepStatus } from '../../store/store.ts';
import type { Wish } from './wishes.ts';

/** One thing that was tried or learnt about an errand. */
export interface HistoryEntry {
  readonly atMs: number;
  readonly what:
    | 'sent'
    /** Another shard sends it. */
    | 'handed over'
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
    | 'buffered'
    | 'edited'
    | 'tried anew'
    | 'skipped';
  readonly note?: string;
  /** Who did it, where a person did. */
  readonly by?: string;
  /** Of `edited`: the input that is sent from here on. The step's own input stays what the flow asked for. */
  readonly input?: unknown;
  /** Of `handed over`: the trace that it belongs to, W3C traceparent. */
  readonly trace?: string;
}

const historyMax = 60;

/** How an errand ended. */
export type Ending =
  | { readonly status: 'done' | 'refused'; readonly result: Result<unknown, unknown> }
  /** A person let it go; `result` is what its flow gets instead of an answer. */
  | { readonly status: 'cancelled'; readonly result: Result<unknown, unknown>; readonly skipped: Skipping }
  | { readonly status: 'cancelled' | 'expired'; readonly result: undefined };

/** Who let a step go, and why. */
export interface Skipping {
  readonly by: string;
  readonly reason: string;
}

/** One call on its way to a system: an effect (recorded before it is tried) or a query (tried as often as it takes). */
export interface Errand extends Wish {
  readonly run: string;
  readonly step: string;
  /** `run` + `step`, and a number where a person began it anew: the idempotency key and the reference to read back by. */
  key: string;
  readonly query: boolean;
  readonly mode: StepMode;
  readonly capability: Capability;
  readonly binding: Binding;
  /** On whose behalf the binding's code runs. */
  readonly subject: Subject;
  input: unknown;
  /** Length of its input as JSON. */
  readonly bytes: number;
  keys: BusinessKeys;
  /** Errands of one queue are sent one after the other, in the order of their intents. */
  readonly queue: string;
  /** Made when it is asked for: it costs a hash, and not every connection sends it. */
  readonly traceparent: () => string;
  readonly issuedMs: number;
  /** Who wants it; absent for what no binding is told. */
  readonly by?: () => string;
  /** A posted effect that was not tried by then expires. */
  readonly expiresMs: number | undefined;
  status: StepStatus;
  attempts: number;
  revision: number;
  history: HistoryEntry[];
  /** Whether its intent is durable. */
  durable: boolean;
  /** Not before then, by the steady clock. */
  notBeforeMs: number;
  /** When the log was restored, where the hub before may have done this after the copy was made. */
  readonly restoredMs: number | undefined;
  /** When a try that was given up can no longer take effect, for what is `unknown`: by the steady clock, since a machine's clock may be set. */
  settledMs: number;
  /** Whether an earlier try may have taken effect: a later one that was certainly not executed does not change that. */
  doubtful: boolean;
  /** Its run was cancelled: what is not there is not sent again. */
  withdrawn?: boolean;
  /** Replies in a shape that the binding does not know. */
  broken: number;
  /** Called once, in the turn in which the ending becomes known; it records it. */
  readonly onEnd: (errand: Errand, ending: Ending) => void;
  /** For a query that only its caller waits for: called instead of parking it. */
  readonly onBroken?: (reason: string) => void;
}

/** The identity that an errand has for every try, on every side; also where another shard carries it out: its run knows it by that, and so may its system's answer. */
export function errandKey(run: string, step: string): string {
  const asked = run.startsWith(`${requestFlow}:`) ? askedStep(step) : undefined;
  return asked ? `${asked.run}/${asked.step}` : `${run}/${step}`;
}

export function note(errand: Errand, entry: HistoryEntry): void {
  errand.history.push(entry);
  if (errand.history.length <= historyMax) return;
  // What makes its identity is never forgotten; there are `anewMax` of these at most.
  const oldest = errand.history.findIndex((each, index) => index > 0 && !beginsAnew(each));
  if (oldest > 0) errand.history.splice(oldest, 1);
}

/** Times that one effect may be begun anew. */
export const anewMax = 20;

/** Whether what follows is another request for the system, though the same step: what was asked for before was refused, or certainly not done. */
export function beginsAnew({ what }: HistoryEntry): boolean {
  return what === 'edited' || what === 'tried anew';
}

/** When an effect was asked for as it is sent now. */
export function askedMs({ issuedMs, history }: Pick<Errand, 'issuedMs' | 'history'>): number {
  return history.findLast(beginsAnew)?.atMs ?? issuedMs;
}

/** The identity under which a step's effect is sent now. */
export function sentKey(run: string, step: string, history: readonly HistoryEntry[]): string {
  const times = history.filter(beginsAnew).length;
  return times === 0 ? errandKey(run, step) : `${errandKey(run, step)}~${times + 1}`;
}

/** What is sent: what the flow asked for, or what a person made of it. */
export function sentInput(asked: unknown, history: readonly HistoryEntry[]): unknown {
  return history.findLast(({ what }) => what === 'edited')?.input ?? asked;
}

/** How it ended as JSON, for the record: a Result, or null where nothing is given to its flow. */
export function outputText(ending: Ending): string {
  return JSON.stringify('skipped' in ending ? { ...ending.result, skipped: ending.skipped } : (ending.result ?? null));
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
export function historyText({ history }: Pick<Errand, 'history'> | { readonly history: readonly HistoryEntry[] }): string {
  let text = '';
  for (const { atMs, what, note: more, by, input, trace } of history) {
    const person = by === undefined ? '' : `,"by":${JSON.stringify(by)}${input === undefined ? '' : `,"input":${JSON.stringify(input)}`}`;
    text += `${text === '' ? '' : ','}{"atMs":${atMs},"what":"${what}"${more === undefined ? '' : `,"note":${JSON.stringify(more)}`}${person}${trace === undefined ? '' : `,"trace":"${trace}"`}}`;
  }
  return `[${text}]`;
}

/** The history of a stored step. Our own writing: its shape is known. */
export function historyOf(record: Pick<StepRecord, 'history'>): HistoryEntry[] {
  const parsed: unknown = JSON.parse(record.history);
  // Written by historyText() only.
  return Array.isArray(parsed) ? (parsed as HistoryEntry[]) : [];
}
