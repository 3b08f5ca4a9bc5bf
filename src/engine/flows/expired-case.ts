import { shedNote } from '../effects/shedding.ts';

/** What effects that were let go have in common, as their case counts them: what was asked of whom, and why they were. `note`: of the last entry of their history. */
export function expiredSubject(capability: string, system: string, note: string | undefined): readonly string[] {
  return [capability, system, note === shedNote ? 'shed' : 'expired'];
}

/** The cause that such a case counts. */
export function expiredCause(capability: string, system: string, note: string | undefined): string {
  return JSON.stringify(['effect-expired', ...expiredSubject(capability, system, note)]);
}
