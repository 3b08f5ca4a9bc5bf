// Plays the fault matrix: real processes, one trouble per run, judged by the systems' own ledgers.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tallyOf } from '../../counterparts/verdict/tally.ts';
import { messageOf } from '../../kernel/errors.ts';
import { killedRow, type PlayResult } from '../demo/director.ts';
import type { Play } from '../demo/scene.ts';
import { openTheatre, type Theatre } from '../demo/theatre.ts';
import { killTrial, pointsReached } from './kill-trials.ts';
import { isKill, trialsBut } from './matrix.ts';
import { ownedRows } from './owned-rows.ts';
import { judgeMissed, type Chaos, type Skipped, type TrialResult } from './trial-result.ts';
import type { Trial } from './trial.ts';

export interface ChaosOptions {
  readonly dataDir: string;
  /** The world of the first round; each round after it has the next one. */
  readonly seed: number;
  /** A PostgreSQL database for the hub's log, in a schema for each run; usual: SQLite in the run's folder. */
  readonly store?: string | undefined;
  /** Runs at the same time, each with systems of its own. */
  readonly jobs: number;
  /** Whether a cell of the matrix is played. */
  readonly isWanted: (fault: string, mode: string, detail: string | undefined) => boolean;
  /** How many runs; usual: each trial once. */
  readonly runs?: number | undefined;
  /** Or until so much time is over: no run begins after it. */
  readonly forMs?: number | undefined;
  /** Told of each run that ended. */
  readonly onRun?: (result: TrialResult) => void;
  /** Gives what was judged, for whoever wants to judge it again. */
  readonly onPlay?: (trial: Trial, result: PlayResult) => void;
  readonly say: (line: string) => void;
}

interface Lane {
  readonly theatre: Theatre;
  readonly dataDir: string;
}

export async function playChaos(options: ChaosOptions): Promise<Chaos> {
  const { dataDir, seed, store, jobs, isWanted, runs, forMs = Number.POSITIVE_INFINITY, say, onRun } = options;
  const untilMs = Date.now() + forMs;
  const wanted = (trial: Trial): boolean => isWanted(trial.fault, trial.mode, trial.detail);
  const others = trialsBut(isKill).filter(wanted);
  const left = others.flatMap(({ fault, mode, lacks }) => {
    const reason = lacks?.({ store });
    return reason === undefined ? [] : [{ fault, mode, reason }];
  });
  const skipped: Skipped[] = [...new Map(left.map((cell) => [`${cell.fault} ${cell.mode}`, cell])).values()];
  const first = others.filter(({ lacks }) => lacks?.({ store }) === undefined);

  await using opened = new AsyncDisposableStack();
  const openLane = async (number: number): Promise<Lane> => {
    const own = join(dataDir, `lane-${number}`);
    return { dataDir: own, theatre: opened.use(await openTheatre({ dataDir: own, seed, store, readyWithinMs, say })) };
  };
  const lanes = await Promise.all(Array.from({ length: jobs }, (_, number) => openLane(number)));
  const [recorder] = lanes;
  const isRecorded = recorder !== undefined && (isWanted('kill-hub', '', undefined) || isWanted('kill-edge', '', undefined));
  // The first lane finds the points while the others play what needs none.
  const kills = isRecorded
    ? pointsReached(recorder.theatre, { dataDir: recorder.dataDir, seed, limits: patience }).then((points) => points.map(killTrial).filter(wanted))
    : Promise.resolve([]);

  const results: TrialResult[] = [];
  const missed: TrialResult[] = [];
  let [begun, recorded] = [0, 0];
  const playLane = async (lane: Lane): Promise<void> => {
    if (lane === recorder) await kills;
    for (;;) {
      const index = begun;
      const trials = index < first.length ? first : [...first, ...(await kills)];
      const trial = trials[index % trials.length];
      // Somebody else took it while the points were waited for.
      if (index !== begun) continue;
      if (!trial || index >= (runs ?? (options.forMs === undefined ? trials.length : Number.POSITIVE_INFINITY)) || Date.now() >= untilMs) return;
      begun += 1;
      const result = await playTrial(lane, trial, { seed: seed + Math.floor(index / trials.length), number: index, ...(options.onPlay && { onPlay: options.onPlay }) });
      if (trial.mayMiss === true) recorded += 1;
      if (result.isMissed === true) {
        missed.push(result);
        continue;
      }
      results.push(result);
      onRun?.(result);
    }
  };
  await Promise.all(lanes.map(playLane));
  const judged = judgeMissed(missed, recorded);
  for (const result of judged.results) onRun?.(result);
  return { results: [...results, ...judged.results], skipped: [...skipped, ...judged.skipped] };
}

/**
 * For a busy machine: slow for longer than the rule's window, so that all that is measured is of the slow line; time for an answer that
 * comes while nobody is there to hear it, and again; and nothing is given up because a process takes long to be back.
 */
const patience = {
  'throughput.sustained': '350ms',
  'bottleneck.supplier-answers': '40s',
  'bottleneck.window-max-age': '5m',
  'bottleneck.need-max-age': '5m',
  'systems.patience': '2m',
} as const;
const readyWithinMs = 120_000;
const playMax = 120_000;

interface OneRun {
  readonly seed: number;
  readonly number: number;
  readonly onPlay?: ChaosOptions['onPlay'];
}

async function playTrial({ theatre, dataDir }: Lane, trial: Trial, { seed, number, onPlay }: OneRun): Promise<TrialResult> {
  const startMs = Date.now();
  const own = join(dataDir, 'runs', String(number));
  const { fault, mode, detail } = trial;
  try {
    // What an earlier command left in a folder that was named to both.
    await rm(own, { recursive: true, force: true, maxRetries: 5 });
    const { change = (play: Play) => play, ...others } = trial.options?.({ seed, dataDir: own, landscape: theatre.landscape }) ?? {};
    const result = await theatre.play(trial.play, { seed, tempo: 'kill', playMax, dataDir: own, limits: patience, ...others, change: (play) => withOwners(change(play)) });
    const isMissed = trial.mayMiss === true && wasWhole(result);
    if (!isMissed) onPlay?.(trial, result);
    if (result.ok) await rm(own, { recursive: true, force: true, maxRetries: 5 });
    const wrong = result.rows.filter(({ ok }) => !ok).map(({ id, expected, found }) => `${id}: expected ${expected}, found ${found}`);
    return {
      fault,
      mode,
      detail,
      seed,
      tally: tallyOf(result.rows),
      convergeMs: result.convergeMs,
      tookMs: result.tookMs,
      wrong: [...wrong, ...(result.ok ? [] : [`its state lies in ${own}`])],
      isMissed,
    };
  } catch (error) {
    // One run that cannot go on says nothing of the others; what it should have done is lost.
    const tally = { lost: 1, duplicated: 0, outOfOrder: 0, unowned: 0 };
    return { fault, mode, detail, seed, tally, convergeMs: undefined, tookMs: Date.now() - startMs, wrong: [messageOf(error), `its state lies in ${own}`] };
  }
}

/** Whether all was as it must be but that nobody was killed. */
function wasWhole({ rows }: PlayResult): boolean {
  const wrong = rows.filter(({ ok }) => !ok);
  return wrong.length === 1 && wrong[0]?.id === killedRow;
}

function withOwners(play: Play): Play {
  return { ...play, looks: async (means) => [...((await play.looks?.(means)) ?? []), ...(await ownedRows(means))] };
}
