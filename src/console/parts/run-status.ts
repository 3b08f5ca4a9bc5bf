import type { RunView } from '../../api/runs.ts';

export type RunStatusWord = RunView['status'] | 'refused';

/** How a run stands for people: a request that was refused is done for the hub alone. */
export function runStatus({ status, refused }: RunView): RunStatusWord {
  return refused ? 'refused' : status;
}
