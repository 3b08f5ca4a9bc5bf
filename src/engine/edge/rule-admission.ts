import type { FilterCounts, Sample } from './normalise.ts';
import type { Room } from './room.ts';
import type { RuleCommitter } from './rule-committer.ts';
import type { ShedDesk } from './shed-desk.ts';

export interface RuleAdmissionParts {
  readonly committer: Pick<RuleCommitter, 'waiting'>;
  readonly counts: FilterCounts;
  /** Whether there is room for the events that values give. */
  readonly room?: Pick<Room, 'isParked' | 'refuse'>;
  /** Keeps what is shed. */
  readonly shed?: Pick<ShedDesk, 'refuse'>;
  /** Events that wait for the store above which samples are shed, and counted. */
  readonly waitingMax?: number;
  /** Values were not judged, and are again from now on; called before the first of them is. */
  readonly onAgain: () => void;
}

/** Whether values are judged now: not while there is no room for the events that they would give, nor while the store is too far behind. */
export interface RuleAdmission {
  /** There is no room. */
  isParked(): boolean;
  /** The store is too far behind. */
  isBehind(): boolean;
  /** Keeps and counts samples that are not to be judged now; false, and nothing is kept, where they are. */
  refuses(samples: readonly Sample[]): boolean;
}

export function ruleAdmission({ committer, counts, room, shed, waitingMax = 10_000, onAgain }: RuleAdmissionParts): RuleAdmission {
  let wasParked = false;

  function isParked(): boolean {
    const isNow = room?.isParked() === true;
    if (wasParked && !isNow) onAgain();
    wasParked = isNow;
    return isNow;
  }
  const isBehind = (): boolean => committer.waiting() >= waitingMax;

  return {
    isParked,
    isBehind,
    refuses(samples) {
      if (isParked()) {
        room?.refuse(samples);
        return true;
      }
      if (!isBehind()) return false;
      counts.shed += samples.length;
      shed?.refuse(samples);
      return true;
    },
  };
}
