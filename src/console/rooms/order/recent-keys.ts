// The business keys that were seen lately, each with how it stands.
import type { EventView } from '../../../api/event-view.ts';
import type { RunView } from '../../../api/runs.ts';
import type { ProcessView } from '../../../api/stories.ts';
import { runStatus, type RunStatusWord } from '../../parts/run-status.ts';
import { kindWords } from './key-words.ts';
import { capital, fieldsOf } from './value-words.ts';

export interface RecentKey {
  readonly key: string;
  readonly kind: string;
  /** How it stands, in words. */
  readonly state: string;
  /** A word that parts/status.tsx has a look for. */
  readonly status: string;
  /** What it is about. */
  readonly title: string;
  readonly atMs: number;
}

export interface Seen {
  readonly processes: readonly ProcessView[];
  readonly runs: readonly RunView[];
  readonly events: readonly EventView[];
}

/** Titles of flows and contracts, by node id. */
type NodeTitles = ReadonlyMap<string, string>;

export const recentKeysMax = 50;

const runStates: Readonly<Record<RunStatusWord, string>> = {
  active: 'Being worked on',
  queued: 'Waits for its turn',
  done: 'Done',
  refused: 'Refused',
  compensated: 'Set back',
  'not set back': 'Not set back in all',
  failed: 'Failed',
  parked: 'Stopped, waits for its owner',
};

const processStates: Readonly<Record<string, { readonly state: string; readonly status: string }>> = {
  open: { state: 'A case is open', status: 'open' },
  acknowledged: { state: 'A case is worked on', status: 'acknowledged' },
  resolved: { state: 'Its case is resolved', status: 'resolved' },
  'timed-out': { state: 'No answer in time', status: 'timed out' },
  ended: { state: 'Its run ended without an answer', status: 'ended' },
};

/** The keys, newest first, at most recentKeysMax; what needs somebody outweighs what only happened. Pure. */
export function recentKeys({ processes, runs, events }: Seen, titles: NodeTitles): readonly RecentKey[] {
  const kinds = new Map(events.flatMap(({ keys }) => fieldsOf(keys).map(([name, value]) => [String(value), kindWords(name)] as const)));
  const found = new Map<string, RecentKey>();
  const add = (seen: Omit<RecentKey, 'kind'>, weight: number): void => {
    const known = found.get(seen.key);
    const isLess = known !== undefined && (weights.get(seen.key) ?? 0) >= weight;
    const atMs = Math.max(seen.atMs, known?.atMs ?? 0);
    found.set(seen.key, isLess ? { ...known, atMs } : { ...seen, kind: kinds.get(seen.key) ?? 'Business key', atMs });
    if (!isLess) weights.set(seen.key, weight);
  };
  const weights = new Map<string, number>();
  for (const { key, keys, state, title, atMs, type } of processes) {
    const isCase = type === 'exception-resolution';
    // A case that is about no business key has only its own id, which has no story.
    if (isCase && keys.length === 1) continue;
    const looks = processStates[state] ?? { state: capital(state.replaceAll('-', ' ')), status: state };
    add({ key, ...looks, title, atMs }, isCase && state !== 'resolved' ? 4 : 1);
  }
  for (const run of runs) {
    const { key, flow, started, ended } = run;
    const status = runStatus(run);
    const weight = status === 'parked' || status === 'failed' ? 5 : status === 'active' || status === 'queued' ? 3 : 2;
    add({ key, state: runStates[status], status: status === 'active' ? 'running' : status, title: titles.get(`flow:${flow}`) ?? flow, atMs: Date.parse(ended ?? started) }, weight);
  }
  for (const { keys, type, received } of events) {
    const title = titles.get(`contract:${type.replace(/\.v\d+$/, '')}`) ?? type;
    for (const [name, value] of fieldsOf(keys)) {
      // The episode of a rule is nothing that anybody looks for.
      if (name !== 'episode' && typeof value === 'string') add({ key: value, state: 'Told of', status: 'logged', title, atMs: Date.parse(received) }, 0);
    }
  }
  return [...found.values()].sort((a, b) => b.atMs - a.atMs).slice(0, recentKeysMax);
}
