import type { ProofAttempt, ProofEffect } from './proof-entry.ts';

/** What the story of an effect says that its guarantee does not allow. */
export interface Breach {
  readonly code: 'SENT_TWICE' | 'SENT_AFTER_ITS_END' | 'SENT_WITHOUT_READ_BACK' | 'SENT_BEFORE_SETTLED' | 'SENT_IN_DOUBT' | 'END_UNPROVEN' | 'ENDED_IN_DOUBT' | 'TRIES_MISSING';
  readonly message: string;
}

/** Tries that a hub keeps of one effect: the first, and the newest. */
export const triesKept = 60;

/** What is known at one moment of a story. */
interface Knowledge {
  /** Sent, and nothing heard yet. */
  isUnderWay: boolean;
  /** Since when a try may have taken effect without an answer. */
  doubtMs: number | undefined;
  /** Since then it was looked for, and not there, but too early to know. */
  isLookedFor: boolean;
  end: 'answered' | 'refused' | 'there' | 'said by its owner' | undefined;
  /** Its owner had it sent again. */
  isOrdered: boolean;
}

/** Judges one effect by its own story: what was sent when nothing, or not enough, was known. */
export function breachesOf(effect: ProofEffect): readonly Breach[] {
  const { tries, attempts } = effect;
  const found: Breach[] = [];
  const told = tries.filter(({ what }) => what === 'sent').length;
  const isShortened = tries.length >= triesKept && attempts > told;
  if (told !== attempts && !isShortened) found.push({ code: 'TRIES_MISSING', message: `it was tried ${attempts} times; its story tells of ${told}` });
  const known: Knowledge = { isUnderWay: false, doubtMs: undefined, isLookedFor: false, end: undefined, isOrdered: false };
  tries.forEach((one, index) => {
    // What stood between the first and the second is not kept: it is judged by what follows.
    if (isShortened && index === 1) Object.assign(known, { isUnderWay: one.what !== 'sent', doubtMs: undefined, isLookedFor: false });
    const breach = one.what === 'sent' ? sentBreach(effect, known, one) : undefined;
    if (breach) found.push(breach);
    learn(effect, known, one);
  });
  const ending = endBreach(effect, known);
  return ending ? [...found, ending] : found;
}

function sentBreach({ guarantee }: ProofEffect, known: Knowledge, { at }: ProofAttempt): Breach | undefined {
  if (known.isUnderWay) return { code: 'SENT_TWICE', message: `it was sent at ${at} while an earlier try was under way` };
  if (known.end !== undefined) return { code: 'SENT_AFTER_ITS_END', message: `it was sent at ${at} after it was ${known.end}` };
  if (known.doubtMs === undefined || known.isOrdered) return undefined;
  if (guarantee?.kind === 'none') return { code: 'SENT_IN_DOUBT', message: `it was sent again at ${at} without a word of its owner, though nobody could know whether it was done` };
  // A repeat under the same key changes nothing; where the release knows no guarantee there is nothing to judge by.
  if (guarantee?.kind !== 'read-back') return undefined;
  if (!known.isLookedFor) return { code: 'SENT_WITHOUT_READ_BACK', message: `it was sent again at ${at} though nobody had looked whether it was there` };
  const settledMs = known.doubtMs + (guarantee.settlesWithinMs ?? 0);
  return { code: 'SENT_BEFORE_SETTLED', message: `it was sent again at ${at}, but its system may still have been committing it until ${new Date(settledMs).toISOString()}` };
}

function learn({ guarantee }: ProofEffect, known: Knowledge, { what, at, note, found }: ProofAttempt): void {
  const atMs = Date.parse(at);
  switch (what) {
    case 'sent':
      Object.assign(known, { isUnderWay: true, isOrdered: false, isLookedFor: false });
      // Ordered by its owner: what came before is settled. Under a key it is the same request.
      if (guarantee?.kind === 'read-back' || guarantee?.kind === 'none') known.doubtMs = undefined;
      return;
    case 'answered':
      if (guarantee?.confirms === true) Object.assign(known, { isUnderWay: false, doubtMs: atMs, isLookedFor: false });
      else Object.assign(known, { isUnderWay: false, doubtMs: undefined, end: 'answered' });
      return;
    case 'refused':
      Object.assign(known, { isUnderWay: false, doubtMs: undefined, end: 'refused' });
      return;
    case 'not executed':
    case 'asked':
      known.isUnderWay = false;
      return;
    case 'no answer':
    case 'reply broken':
    case 'recovered':
      Object.assign(known, { isUnderWay: false, doubtMs: atMs, isLookedFor: false });
      return;
    case 'restored':
      // Who had sent it is gone; the hub waits for the settle time from the restore on, which lies before this.
      Object.assign(known, { isUnderWay: false, doubtMs: 0, isLookedFor: false });
      return;
    case 'read back':
      if (found === true) Object.assign(known, { doubtMs: undefined, end: 'there' });
      if (found !== false || known.doubtMs === undefined) return;
      if (atMs >= known.doubtMs + (guarantee?.settlesWithinMs ?? 0)) known.doubtMs = undefined;
      else known.isLookedFor = true;
      return;
    case 'parked':
      known.isUnderWay = false;
      return;
    case 'resolved':
      decide(known, note ?? '');
      return;
    case 'edited':
    case 'tried anew':
      // Another request for the system; a person has seen to what was before.
      Object.assign(known, { isUnderWay: false, doubtMs: undefined, end: undefined });
      return;
    case 'skipped':
      Object.assign(known, { isUnderWay: false, doubtMs: undefined });
      return;
    default:
  }
}

/** What its owner said: to try again (in doubt as before), that it is done, or to let it go. */
function decide(known: Knowledge, note: string): void {
  const word = /^by [^,]+, (retry|done)\b/.exec(note)?.[1] ?? /^(retry|accept|done)\b/.exec(note)?.[1];
  known.isOrdered = word === 'retry' || word === 'accept';
  known.end = word === 'done' ? 'said by its owner' : undefined;
  if (!known.isOrdered) known.doubtMs = undefined;
}

/** Whether its status follows from its story. */
function endBreach({ status }: ProofEffect, known: Knowledge): Breach | undefined {
  switch (status) {
    case 'done':
      if (known.end !== undefined && known.end !== 'refused') return undefined;
      return { code: 'END_UNPROVEN', message: 'it counts as done, but nobody answered, saw or said so' };
    case 'refused':
      if (known.end === 'refused' || known.end === 'there') return undefined;
      return { code: 'END_UNPROVEN', message: 'it counts as refused, but nobody refused it' };
    case 'cancelled':
    case 'expired':
      if (known.doubtMs === undefined && !known.isUnderWay) return undefined;
      return { code: 'ENDED_IN_DOUBT', message: `it counts as ${status}, though it may have been done` };
    default:
      return undefined;
  }
}
