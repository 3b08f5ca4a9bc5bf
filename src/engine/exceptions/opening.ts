import type { BusinessKeys } from '../../model/contract.ts';
import type { ExceptionClass, ExceptionType } from '../../model/exception-type.ts';
import { spanMs, type LimitValues } from '../../model/limit.ts';
import { ownersOf, type Owner, type Ownership } from '../../model/owner.ts';
import type { SystemRole } from '../../model/system.ts';
import type { Change, ExceptionRecord, NoticeRecord } from '../../store/store.ts';

/** What an owner can do about an exception besides acknowledging and resolving it. */
export type ExceptionAction = 'accept' | 'retry' | 'mark-done' | 'cancel' | 'retry-run';

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
}

/** Where notices go besides the owners' mail boxes. */
export interface NoticeTargets {
  readonly mail: boolean;
  readonly webhook: string | undefined;
  /** Where people open the exception. */
  readonly publicUrl: string;
}

/** The changes that open an exception and tell its owners, for the commit that causes it. */
export function opened(opening: Opening, nowMs: number, targets: NoticeTargets): readonly Change[] {
  const record: ExceptionRecord = {
    id: opening.id,
    type: opening.type,
    class: opening.class,
    severity: opening.severity,
    status: 'open',
    version: 1,
    owners: opening.owners.map((owner) => owner.name),
    summary: opening.summary,
    keys: opening.keys,
    run: opening.run,
    step: opening.step,
    evidence: JSON.stringify({ ...objectOf(opening.evidence), suggestions: opening.suggestions }),
    actions: opening.actions,
    openedMs: nowMs,
    dueMs: opening.dueMs,
    changedMs: nowMs,
    history: withEntry('[]', { atMs: nowMs, by: 'lineshaft', action: 'opened', note: '' }),
  };
  const mails = targets.mail ? opening.owners.map((owner) => notice(opening, 'mail', owner.mail, owner.name, nowMs, targets)) : [];
  const hooks = targets.webhook === undefined ? [] : [notice(opening, 'webhook', targets.webhook, 'webhook', nowMs, targets)];
  return [{ change: 'exception.open', ...record }, ...[...mails, ...hooks].map((put) => ({ change: 'notice.put' as const, ...put }))];
}

/** A case's history with one more entry; JSON text in and out. */
export function withEntry(history: string, entry: { readonly atMs: number; readonly by: string; readonly action: string; readonly note: string }): string {
  const { atMs, ...rest } = entry;
  const before: unknown = JSON.parse(history);
  const entries: readonly unknown[] = Array.isArray(before) ? before : [];
  return JSON.stringify([...entries, { at: new Date(atMs).toISOString(), ...rest }]);
}

function notice(opening: Opening, channel: 'mail' | 'webhook', to: string, name: string, nowMs: number, targets: NoticeTargets): NoticeRecord {
  const link = `${targets.publicUrl}/exceptions/${encodeURIComponent(opening.id)}`;
  const body =
    channel === 'mail'
      ? { subject: `[Lineshaft] ${opening.summary}`, text: textOf(opening, link) }
      : {
          exception: opening.id,
          type: opening.type,
          class: opening.class,
          severity: opening.severity,
          summary: opening.summary,
          keys: opening.keys,
          due: new Date(opening.dueMs).toISOString(),
          evidence: opening.evidence,
          link,
        };
  return {
    id: `${opening.id}.${name}@lineshaft.invalid`,
    exception: opening.id,
    channel,
    to,
    status: 'open',
    attempts: 0,
    body: JSON.stringify(body),
    createdMs: nowMs,
    changedMs: nowMs,
  };
}

function textOf(opening: Opening, link: string): string {
  const keys = Object.entries(opening.keys).map(([name, value]) => `${name} ${value}`);
  return [
    opening.summary,
    '',
    `Please act by ${new Date(opening.dueMs).toISOString()}. Owner: ${opening.owners.map((owner) => owner.title).join(', ')}.`,
    `Concerns: ${keys.join(', ') || '–'}`,
    '',
    ...(opening.suggestions.length > 0 ? ['What you can do:', ...opening.suggestions.map((suggestion) => `- ${suggestion}`), ''] : []),
    'Evidence:',
    JSON.stringify(opening.evidence, undefined, 2),
    '',
    link,
  ].join('\n');
}

function objectOf(evidence: unknown): object {
  return typeof evidence === 'object' && evidence !== null ? evidence : { value: evidence };
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
    readonly nowMs: number;
    readonly limits: LimitValues;
  },
): Opening {
  return {
    id: given.id,
    type: type.name,
    class: type.class,
    severity: type.severity,
    owners: given.owners.length > 0 ? given.owners : ownersOf(type.owner),
    dueMs: given.nowMs + spanMs(type.due, given.limits),
    // raise() passes only evidence of the type that the exception was declared with.
    summary: type.summary(given.evidence as never),
    keys: given.keys,
    evidence: given.evidence,
    suggestions: type.suggestions,
    actions: [],
    run: given.run,
    step: given.step,
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
}): Opening {
  return { ...given, severity: 'high', owners: ownersOf(given.owner), dueMs: given.nowMs + builtInDueMs, run: given.run, step: given.step };
}

/** Which of the four classes a failure at a system of this role belongs to. */
export function classOf(role: SystemRole): ExceptionClass {
  switch (role) {
    case 'record':
      return 'erp-transaction';
    case 'engagement':
      return 'supplier-workflow';
    case 'observation':
      return 'machine-event';
  }
}
