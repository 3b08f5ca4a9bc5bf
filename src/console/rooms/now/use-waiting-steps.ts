import { useQueries } from '@tanstack/react-query';
import type { RunDetail, RunView, StepView } from '../../../api/runs.ts';
import { get } from '../../api/client.ts';
import { useHub } from '../../api/hub-query.ts';

export interface WaitingStep {
  readonly run: string;
  readonly key: string;
  readonly step: string;
  readonly name: string;
  readonly entity: string;
  readonly revision: number | undefined;
  readonly status: string;
  readonly issuedMs: number;
}

const runsMax = 10;
const stepsMax = 8;

/** What waits for a system, oldest first, from the newest runs that have not ended. */
export function useWaitingSteps(system: string): { readonly steps: readonly WaitingStep[]; readonly more: number } {
  const { data: runs = [] } = useHub<readonly RunView[]>('/api/runs?limit=30', { on: ['run'] });
  const looked = runs.filter(({ status }) => status === 'active' || status === 'parked').slice(0, runsMax);
  const found = useQueries({
    queries: looked.map(({ id }) => ({
      queryKey: ['hub', `/api/runs/${encodeURIComponent(id)}`],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) => get<RunDetail>(`/api/runs/${encodeURIComponent(id)}`, signal),
      meta: { on: ['step'] },
    })),
  });
  const waiting = found
    .flatMap(({ data }) => (data ? data.steps.filter((step) => step.system === system && isWaiting(step)).map((step) => waitingStep(data, step)) : []))
    .sort((a, b) => a.issuedMs - b.issuedMs);
  return { steps: waiting.slice(0, stepsMax), more: Math.max(0, waiting.length - stepsMax) };
}

function isWaiting({ kind, status }: StepView): boolean {
  return (kind === 'effect' || kind === 'compensate') && (status === 'open' || status === 'sent' || status === 'unknown' || status === 'parked');
}

function waitingStep({ id, key }: RunView, { id: step, name, entity = '', revision, status, issued }: StepView): WaitingStep {
  return { run: id, key, step, name, entity, revision, status, issuedMs: Date.parse(issued) };
}
