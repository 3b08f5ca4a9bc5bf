import { CommanderError } from 'commander';
import { Fault, messageOf, type FaultCode } from '../../kernel/errors.ts';

/** What the exit code of a command says; `npm run reference` writes the page of it. */
export const exitCodes = {
  fine: 0,
  'findings or a failed verdict': 1,
  'wrong use': 2,
  'cannot run here': 3,
  'no such thing': 4,
  refused: 5,
  'not judged': 6,
  bug: 70,
  'stopped by its watchdog': 75,
  'another hub has taken over': 76,
} as const;

export type ExitName = keyof typeof exitCodes;

/** What a Fault ends a command with; with `cannot run here` where it is not named. */
export const exitOf: Readonly<Partial<Record<FaultCode, ExitName>>> = {
  COMMAND_INVALID: 'wrong use',
  INPUT_INVALID: 'wrong use',
  NOT_FOUND: 'no such thing',
  NOT_SIGNED_IN: 'refused',
  NOT_ALLOWED: 'refused',
  CONFLICT: 'refused',
  REFUSED_BY_BUSINESS: 'refused',
  OWNERSHIP_REFUSED: 'refused',
  CONSENT_NEEDED: 'refused',
  CONTRACT_BROKEN: 'refused',
  FILTER_BROKEN: 'refused',
  REPLAY_DIVERGED: 'refused',
};

/** Says in plain words what stopped a command; gives its exit code. */
export function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes['wrong use'];
  if (isDiskTrouble(error)) return reportFailure(new Fault('STORE_UNAVAILABLE', `The disk takes no more: ${messageOf(error)}.`, {}, error));
  if (error instanceof Fault) {
    // A process that ended has said itself what to do.
    const isTold = error.code === 'PROCESS_ENDED' && /^→ /m.test(error.message);
    process.stderr.write(`\n${error.message}\n${isTold ? '' : `→ ${error.help}\n`}`);
    return exitCodes[exitOf[error.code] ?? 'cannot run here'];
  }
  process.stderr.write(`\nLineshaft met a bug: ${messageOf(error)}\n${error instanceof Error ? (error.stack ?? '') : ''}\n`);
  return exitCodes.bug;
}

/** Whoever writes a file can meet a disk that is full or must not be written. */
function isDiskTrouble(error: unknown): boolean {
  return !(error instanceof Fault) && error instanceof Error && 'code' in error && typeof error.code === 'string' && ['ENOSPC', 'EDQUOT', 'EROFS'].includes(error.code);
}
