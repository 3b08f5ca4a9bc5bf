/** What happened to a case, and by whom. */
export interface CaseEntry {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly by: string;
  readonly action: string;
  readonly note: string;
}

/** A case as `/api/exceptions` gives it. */
export interface CaseView {
  readonly id: string;
  readonly type: string;
  readonly class: string;
  readonly severity: string;
  readonly status: string;
  readonly version: number;
  readonly owner: string;
  readonly owners: readonly string[];
  readonly summary: string;
  readonly key?: string;
  readonly keys: Readonly<Record<string, string>>;
  readonly run?: string;
  readonly step?: string;
  readonly opened: string;
  readonly changed: string;
  readonly due: string;
  readonly overdue: boolean;
  readonly actions: readonly string[];
  readonly context: unknown;
  readonly history: readonly CaseEntry[];
}
