import type { RunView } from '../../api/runs.ts';

export type RunStatusWord = RunView['status'] | 'refused' | 'not set back';

/** How a run stands for people: a request that was refused is done for the hub alone, and one whose undo was refused is not set back. */
export function runStatus({ status, refused, reason }: RunView): RunStatusWord {
  if (refused) return 'refused';
  return status === 'compensated' && isNotSetBack(reason) ? 'not set back' : status;
}

/** Whether a run's reason says that what it had changed stands still. */
export function isNotSetBack(reason = ''): boolean {
  return /(?:^|; |: )not set back: /.test(reason);
}
