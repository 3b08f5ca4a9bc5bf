import type { BusinessKeys } from '../../model/contract.ts';
import type { ExceptionClass } from '../../model/exception-class.ts';
import type { ExceptionType } from '../../model/exception-type.ts';
import { orderImpact, type OrderImpact } from '../../model/impact.ts';
import { spanMs, type LimitValues } from '../../model/limit.ts';
import { ownersOf, type Owner, type Ownership } from '../../model/owner.ts';
import type { ExceptionRecord } from '../../store/store.ts';
import { objectOf } from '../stories/recorded-json.ts';
import { evidenceText } from './case-facts.ts';
import { noImpact, withOrders } from './impact.ts';

/** What an owner can do about an exception besides acknowledging and resolving it. */
export type ExceptionAction = 'accept' | 'retry' | 'mark-done' | 'cancel' | 'edit' | 'skip' | 'compensate';

/** A case about to be opened. */
export interface Opening {
  readonly id: string;
  readonly type: string;
  readonly class: ExceptionClass;
  readonly severity: 'low' | 'high';
  readonly owners: readonly Owner[];
  readonly dueMs: number;
  readonly summary: string;
  readonly keys: BusinessKeys;
  readonly evidence: unknown;
  readonly suggestions: readonly string[];
  readonly actions: readonly ExceptionAction[];
  readonly run: string | undefined;
  readonly step: string | undefined;
  /** What has the same cause is counted in one case; undefined where each is decided by itself. */
  readonly cause: string | undefined;
  readonly orders: readonly OrderImpact[];
}

/** A new case. */
export function newCase(opening: Opening, nowMs: number): ExceptionRecord {
  const { id, type, severity, summary, keys, run, step, actions, dueMs } = opening;
  const impact = withOrders(noImpact, opening.orders);
  return {
    id,
    type,
    class: opening.class,
    severity,
    status: 'open',
    version: 1,
    owners: opening.owners.map((owner) => owner.name),
    summary,
    keys,
    run,
    step,
    evidence: evidenceText(withSuggestions(opening), { cause: opening.cause, count: 1, firstMs: nowMs, lastMs: nowMs, recent: [], decidedAt: 1, impact }),
    actions,
    openedMs: nowMs,
    dueMs,
    changedMs: nowMs,
    history: withEntry('[]', { atMs: nowMs, by: 'lineshaft', action: 'opened', note: '' }),
  };
}

function withSuggestions({ evidence, suggestions }: Opening): object {
  return { ...objectOf(evidence), suggestions };
}

/** Something that was done about a case. */
export interface CaseEntry {
  readonly atMs: number;
  readonly by: string;
  readonly action: string;
  readonly note: string;
  /** Of an escalation: from whom, and to whom. */
  readonly from?: string;
  readonly to?: string;
}

/** Entries that a history keeps: the first, and the newest. */
const entriesMax = 200;

/** A case's history with one more entry; JSON text in and out. */
export function withEntry(history: string, entry: CaseEntry): string {
  const { atMs, ...rest } = entry;
  const before: unknown = JSON.parse(history);
  const entries: readonly unknown[] = Array.isArray(before) ? before : [];
  const all = [...entries, { at: new Date(atMs).toISOString(), ...rest }];
  return JSON.stringify(all.length > entriesMax ? [...all.slice(0, 1), ...all.slice(1 - entriesMax)] : all);
}

/** An opening for a declared exception type. `type.summary` is landscape code and may throw. */
export function openingOf(
  type: ExceptionType,
  given: {
    readonly id: string;
    readonly owners: readonly Owner[];
    readonly evidence: unknown;
    readonly keys: BusinessKeys;
    readonly run: string | undefined;
    readonly step: string | undefined;
    /** The flow that opens it. */
    readonly flow: string;
    readonly nowMs: number;
    readonly limits: LimitValues;
  },
): Opening {
  const owners = given.owners.length > 0 ? given.owners : ownersOf(type.owner);
  // raise() passes only evidence of the type that the exception was declared with.
  const evidence = given.evidence as never;
  return {
    id: given.id,
    type: type.name,
    class: type.class,
    severity: type.severity,
    owners,
    dueMs: given.nowMs + spanMs(type.due, given.limits),
    summary: type.summary(evidence),
    keys: given.keys,
    evidence: given.evidence,
    suggestions: type.suggestions,
    actions: [],
    run: given.run,
    step: given.step,
    cause: JSON.stringify([type.name, type.cause?.(evidence, given.keys) ?? [given.flow, given.keys], owners.map(({ name }) => name)]),
    orders: type.impact?.(evidence) ?? ordersOf(given.keys),
  };
}

const builtInDueMs = 30 * 60_000;

/** An opening for what the engine itself finds. */
export function builtIn(given: {
  readonly id: string;
  readonly type: string;
  readonly class: ExceptionClass;
  readonly owner: Ownership;
  readonly summary: string;
  readonly keys: BusinessKeys;
  readonly evidence: unknown;
  readonly suggestions: readonly string[];
  readonly actions: readonly ExceptionAction[];
  readonly run?: string;
  readonly step?: string;
  readonly nowMs: number;
  /** What has the same type and subject is counted in one case; without one, each is a case of its own. */
  readonly subject?: readonly string[];
  readonly orders?: readonly OrderImpact[];
}): Opening {
  return {
    ...given,
    severity: 'high',
    owners: ownersOf(given.owner),
    dueMs: given.nowMs + builtInDueMs,
    run: given.run,
    step: given.step,
    // What somebody must decide about is decided one by one.
    cause: given.subject && given.actions.length === 0 ? JSON.stringify([given.type, ...given.subject]) : undefined,
    orders: given.orders ?? ordersOf(given.keys),
  };
}

function ordersOf(keys: BusinessKeys): readonly OrderImpact[] {
  const one = orderImpact(keys, undefined, undefined);
  return one ? [one] : [];
}
