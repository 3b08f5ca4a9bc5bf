// The plays of the packaging line, and what each must have left behind in the systems.

export const playNames = [
  'main',
  'recover-early',
  'recover-before-answer',
  'recover-late',
  'within-tolerance',
  'erp-timeout-after-commit',
  'erp-commit-after-timeout',
  'cmms-timeout-after-commit',
  'cmms-commit-after-timeout',
  'tms-commit-after-timeout',
  'release',
  'release-refused',
  'link-cut',
  'duplicate-webhook',
  'reordered-webhook',
  'hub-killed',
  'edge-killed',
] as const;
/** Plays of the fault matrix only: the same line, slow for good, with one trouble of any kind; and those whose trouble changes how they must end. */
export const troubleNames = ['slow-line', 'order-locked', 'two-flows', 'release-late'] as const;
export type PlayName = (typeof playNames)[number] | (typeof troubleNames)[number];

/**
 * How a play must end: the line stays slow and the plan changes for good; it recovers before or after maintenance was called,
 * and what was planned before is planned again; the loss is small and nothing happens; an order is released to the line, or
 * its release is taken back since the line is down; the ERP refuses the plan and planning is told; an order is released while
 * somebody wants to revise it, and planning is told that it has changed; a release that the line has not taken in time is taken back,
 * and the owners of its flow are told.
 */
export type Outcome = 'plan-changed' | 'restored-early' | 'restored-late' | 'nothing' | 'released' | 'release-taken-back' | 'refused' | 'released-not-revised' | 'release-late';

const others: Readonly<Partial<Record<PlayName, Outcome>>> = {
  'recover-early': 'restored-early',
  'recover-before-answer': 'restored-early',
  'recover-late': 'restored-late',
  'within-tolerance': 'nothing',
  release: 'released',
  'release-refused': 'release-taken-back',
  'order-locked': 'refused',
  'two-flows': 'released-not-revised',
  'release-late': 'release-late',
};

export function outcomeOf(play: PlayName): Outcome {
  return others[play] ?? 'plan-changed';
}
