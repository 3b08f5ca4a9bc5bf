// How a machine was and would have been, side by side.
import type { LoggedChange, MachineOutcome } from '../../../api/machines.ts';
import { countWords } from '../../words/number.ts';
import { spanWords } from '../../words/time.ts';

/** A change of state as it was told, as it would have been, or both; they are the same by their id. */
export interface ComparedChange {
  readonly id: string;
  readonly atMs: number;
  readonly verdict: 'same' | 'new' | 'gone';
  readonly from: string;
  readonly to: string;
  readonly lasted: number;
  readonly reason?: string | undefined;
}

/** Newest first, back to where both are known: of either, only the newest are. */
export function comparedChanges(live: readonly LoggedChange[], { changes, found }: Pick<MachineOutcome, 'changes' | 'found'>, liveMax = 500): readonly ComparedChange[] {
  const told = new Set(live.map(({ id }) => id));
  const tried = new Set(changes.map(({ id }) => id));
  const knownFromMs = Math.max(found > changes.length ? (changes[0]?.atMs ?? -Infinity) : -Infinity, live.length >= liveMax ? (live.at(-1)?.atMs ?? -Infinity) : -Infinity);
  const all = [
    ...changes.map((each): ComparedChange => ({ ...each, verdict: told.has(each.id) ? 'same' : 'new' })),
    ...live.filter(({ id }) => !tried.has(id)).map((each): ComparedChange => ({ ...each, verdict: 'gone' })),
  ];
  return all.filter(({ atMs }) => atMs >= knownFromMs).toSorted((a, b) => b.atMs - a.atMs);
}

/** What came out, in one sentence. */
export function machineSays(found: number, compared: readonly ComparedChange[]): string {
  const count = (wanted: ComparedChange['verdict']): number => compared.filter(({ verdict }) => verdict === wanted).length;
  const [fresh, gone] = [count('new'), count('gone')];
  const would = found === 0 ? 'No change would have been told' : `${countWords(found, 'change')} would have been told`;
  if (fresh === 0 && gone === 0) return `${would}, ${found === 0 ? 'and none was' : 'just as it really was'}.`;
  return `${would}: ${fresh} new, ${gone} left out, ${count('same')} as it really was.`;
}

/** Hundredths of the whole, and how long that is. */
export function shareWords(ms: number, wholeMs: number): string {
  return wholeMs > 0 ? `${Math.round((ms / wholeMs) * 100)} %, ${spanWords(ms)}` : spanWords(ms);
}

/** How it agrees with what people know, in one or two sentences. */
export function agreementSays({ labelledMs, agreedMs, changes, missed, invented }: NonNullable<MachineOutcome['score']>): string {
  if (labelledMs === 0) return 'Nothing of that time is labelled.';
  const least =
    missed.length === 0 && invented.length === 0 ? 'no change is missed or invented' : `${missed.length} of ${countWords(changes, 'change')} missed, ${invented.length} invented`;
  return `With what people know, ${Math.round((agreedMs / labelledMs) * 100)} % of ${spanWords(labelledMs)} agree; ${least}.`;
}
