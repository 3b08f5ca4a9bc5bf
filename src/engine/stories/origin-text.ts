import type { StepRecord } from '../../store/store.ts';
import { fieldOf, recorded } from './recorded-json.ts';

/**
 * Where an input of a decision came from, as it is told: an event, or the step whose answer it is; nothing for what the flow
 * computed. `path` leads to it within what its source gave; `by` says what a value was recognised by that is met elsewhere too,
 * and `others` how many older places fit as well; `parts` tells the fields of an object that the flow put together.
 */
export interface InputOrigin {
  readonly event?: string;
  readonly position?: number;
  readonly id?: string;
  readonly step?: string;
  readonly capability?: string;
  readonly decision?: string;
  readonly system?: string;
  /** What the answer called its version, or the decision's. */
  readonly version?: unknown;
  readonly atMs?: number;
  readonly path?: string;
  readonly by?: 'name and value' | 'value' | 'its parts';
  readonly others?: number;
  readonly parts?: Readonly<Record<string, InputOrigin>>;
}

/** Which version of a decision judged, and where each of its inputs came from. */
export interface DecisionOrigin {
  readonly version: number;
  readonly inputs: Readonly<Record<string, InputOrigin>>;
}

/** What a recorded decision was taken on. */
export function decisionOrigin({ history }: Pick<StepRecord, 'history'>): DecisionOrigin | undefined {
  const list = recorded(history);
  // Written by the decision itself only.
  return Array.isArray(list) ? (list[0] as DecisionOrigin | undefined) : undefined;
}

/** Where the inputs of a decision came from, one line for each source that is known. `from` is as it was recorded. */
export function originTexts(from: unknown): readonly string[] {
  if (typeof from !== 'object' || from === null) return [];
  const bySource = new Map<string, string[]>();
  for (const [name, origin] of Object.entries(from)) {
    const source = [...new Set(sourcesIn(origin))].join(' and ');
    if (source !== '') bySource.set(source, [...(bySource.get(source) ?? []), name]);
  }
  return [...bySource].map(([source, names]) => `${names.join(', ')} from ${source}`);
}

function sourcesIn(origin: unknown): readonly string[] {
  const parts = fieldOf(origin, 'parts');
  if (typeof parts === 'object' && parts !== null) return Object.values(parts).flatMap(sourcesIn);
  const [event, step, system] = [fieldOf(origin, 'event'), fieldOf(origin, 'step'), fieldOf(origin, 'system')];
  if (typeof event === 'string') return [`event ${event}`];
  if (typeof step !== 'string') return [];
  return [typeof system === 'string' && system !== '' ? `${step} (${system})` : step];
}
