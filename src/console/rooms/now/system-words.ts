import type { SystemView } from '../../../api/systems.ts';
import { countWords } from '../../words/number.ts';
import { ageWords, spanWords } from '../../words/time.ts';

type Load = Pick<SystemView, 'mode' | 'queue' | 'inFlight'>;

/** Calls that nobody is answering right now. */
export function waitingOf({ queue, inFlight }: Pick<SystemView, 'queue' | 'inFlight'>): number {
  return Math.max(0, queue - inFlight);
}

/** How a system is, as far as anybody knows: by its mode where it is in trouble, else by how old its last answer is. */
export function standingWords({ mode, named = 'normal', answeredAgoMs }: Pick<SystemView, 'mode' | 'answeredAgoMs'> & Partial<Pick<SystemView, 'named'>>): string {
  if (mode !== 'up') return mode;
  if (named !== 'normal') return named;
  // The hub remembers answers from its own start on.
  if (answeredAgoMs === undefined) return 'not asked since start';
  return answeredAgoMs < 60_000 ? 'answered just now' : `answered ${ageWords(-answeredAgoMs, 0)}`;
}

/** What goes on with a system, in a few words. */
export function loadWords(system: Load): string {
  const waiting = waitingOf(system);
  const waits = `${waiting} ${waiting === 1 ? 'waits' : 'wait'}${system.mode === 'up' ? '' : ', in order'}`;
  const flies = `${system.inFlight} in flight`;
  const parts = [...(waiting > 0 ? [waits] : []), ...(system.inFlight > 0 ? [flies] : [])];
  return parts.length === 0 ? 'nothing waits' : parts.join(' · ');
}

export function roleWords(role: string): string {
  return role === 'record' ? 'Systems of record' : role === 'engagement' ? 'Systems of engagement' : `Systems of ${role}`;
}

export function limitWords({ limits: { concurrencyMax, ratePerSecondMax, timeoutMs, failuresMax } }: Pick<SystemView, 'limits'>): string {
  const parts = [`up to ${concurrencyMax} calls at once`, `${ratePerSecondMax} a second`];
  if (timeoutMs !== undefined) parts.push(`${spanWords(timeoutMs)} for an answer`);
  if (failuresMax !== undefined) parts.push(`taken as down after ${countWords(failuresMax, 'failure')} in a row`);
  return parts.join(', ');
}
