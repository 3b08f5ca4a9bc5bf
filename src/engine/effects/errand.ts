import type { Binding } from '../../model/binding.ts';
import type { Capability, Result } from '../../model/capability.ts';
import type { BusinessKeys } from '../../model/contract.ts';
import { requestFlow } from '../capabilities/request.ts';
import { askedStep } from '../shards/asked-step.ts';
import type { Subject } from '../watch/watch.ts';
import type { StepMode, StepStatus } from '../../store/store.ts';
import type { HistoryEntry } from './history.ts';
import type { Wish } from './wishes.ts';

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
  /** That queue, while it stands in it. */
  line?: Errand[] | undefined;
  /** Made when it is asked for: it costs a hash, and not every connection sends it. */
  traceparent(): string;
  readonly issuedMs: number;
  /** Who wants it; absent for what no binding is told. */
  by?(): string;
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
  onEnd(errand: Errand, ending: Ending): void;
  /** For a query that only its caller waits for: called instead of parking it. */
  readonly onBroken?: (reason: string) => void;
}

const requestRuns = `${requestFlow}:`;

/** The identity that an errand has for every try, on every side; also where another shard carries it out: its run knows it by that, and so may its system's answer. */
export function errandKey(run: string, step: string): string {
  return askedKey(run, step) ?? `${run}/${step}`;
}

/** That of an errand which another shard's run asked for. */
export function askedKey(run: string, step: string): string | undefined {
  const asked = run.startsWith(requestRuns) ? askedStep(step) : undefined;
  return asked && `${asked.run}/${asked.step}`;
}

export function note(errand: Errand, entry: HistoryEntry): void {
  const [first] = errand.history;
  if (first === undefined || errand.history.length === 1) {
    // Nearly all end with two entries, and a list that `push` makes longer takes room for seventeen.
    errand.history = first === undefined ? [entry] : [first, entry];
    return;
  }
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
  if (times === 0) return errandKey(run, step);
  // Where another shard carries it out, the times that a person begins it anew there are counted there.
  return `${errandKey(run, step)}~${isHandedOver(history) ? 'again' : ''}${times + 1}`;
}

/** Whether the shard of its entity carries it out, which is another one. */
export function isHandedOver([first]: readonly HistoryEntry[]): boolean {
  return first?.what === 'handed over';
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
