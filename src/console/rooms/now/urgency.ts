import type { CaseLine } from '../../../api/overview.ts';

type Urgent = Pick<CaseLine, 'severity' | 'overdue' | 'due' | 'opened'>;

const ranks: Readonly<Record<string, number>> = { critical: 0, high: 1, medium: 2, low: 3 };

/** What is overdue, then by severity, then what is due first; of the same, the newest. */
export function urgentFirst<Case extends Urgent>(cases: readonly Case[]): readonly Case[] {
  return [...cases].sort(
    (a, b) => Number(b.overdue) - Number(a.overdue) || rank(a) - rank(b) || Date.parse(a.due) - Date.parse(b.due) || Date.parse(b.opened) - Date.parse(a.opened),
  );
}

function rank({ severity }: Urgent): number {
  return ranks[severity] ?? 4;
}
