import type { RunRecord, StepRecord, StoreReads } from '../../store/store.ts';
import { requestFlow } from '../capabilities/request.ts';
import { fieldOf, recorded } from './recorded-json.ts';

/** What a business refused a caller of the API with. */
export interface RequestRefusal {
  /** As the capability declares it. */
  readonly refusal: unknown;
  /** Its code and reason where it has them, else all of it. */
  readonly text: string;
}

/**
 * What each of these runs was refused, by run; nothing of one that was not. Only of requests over the API, which are that one step: a flow of a
 * landscape may go on from a refusal, and its own end says what came of it.
 */
export function refusalsIn(runs: readonly RunRecord[], stepsOf: (run: string) => readonly StepRecord[]): ReadonlyMap<string, RequestRefusal> {
  return new Map(
    runs.filter(isEndedRequest).flatMap(({ id }) => {
      const refused = stepsOf(id).findLast(({ kind, status }) => kind === 'effect' && status === 'refused');
      return refused ? [[id, refusalOf(refused)] as const] : [];
    }),
  );
}

/** The same, with the steps as the store has them. At most `togetherMax` runs. */
export async function readRefusals(store: Pick<StoreReads, 'stepsOf'>, runs: readonly RunRecord[]): Promise<ReadonlyMap<string, RequestRefusal>> {
  const requests = runs.filter(isEndedRequest);
  if (requests.length === 0) return new Map();
  const steps = Map.groupBy(await store.stepsOf(requests.map(({ id }) => id)), ({ run }) => run);
  return refusalsIn(requests, (run) => steps.get(run) ?? []);
}

function isEndedRequest({ flow, status }: RunRecord): boolean {
  return flow === requestFlow && status === 'done';
}

function refusalOf({ output }: StepRecord): RequestRefusal {
  const refusal = fieldOf(recorded(output), 'refusal');
  const [code, reason] = [fieldOf(refusal, 'code'), fieldOf(refusal, 'reason')];
  const words = [code, reason].filter((each) => typeof each === 'string');
  return { refusal, text: words.length > 0 ? words.join(': ') : (JSON.stringify(refusal) ?? 'without a word') };
}
