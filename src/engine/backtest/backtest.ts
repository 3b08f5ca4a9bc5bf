import { Fault } from '../../kernel/errors.ts';
import type { LimitValues } from '../../model/limit.ts';
import type { LimitsUsed, Rule } from '../../model/rule.ts';
import type { Turn } from '../rules/evaluation.ts';
import { requireHysteresis } from '../check/rule-check.ts';
import { settingsOf, type RuleSettings } from '../rules/rule-settings.ts';
import type { TelemetryBlock } from '../telemetry/telemetry-block.ts';
import { course, type Course } from './backtest-plot.ts';
import { scoreOf, type FoundEpisode, type LabelledWindow, type Score } from './labels.ts';
import type { BacktestLosses, RecordingLoss } from './backtest-order.ts';
import { rulePlayer } from './rule-player.ts';

export interface BacktestParts {
  readonly rule: Rule;
  readonly limits: LimitValues;
  /** The recording or file, from its beginning; asked for twice where a plot is drawn. */
  readonly blocks: (onLoss?: (loss: RecordingLoss) => void) => AsyncIterable<TelemetryBlock> | Iterable<TelemetryBlock>;
  /** Episodes that fired in this time are told, event time; what lies before fills the windows. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly windows?: readonly LabelledWindow[] | undefined;
  readonly isPlotted?: boolean;
  /** Samples of all signals that are judged at most. */
  readonly samplesMax?: number;
  /** Any steady clock, milliseconds. */
  readonly steady: () => number;
}

export interface Backtest {
  readonly rule: string;
  readonly limits: LimitsUsed;
  readonly settings: RuleSettings;
  readonly episodes: readonly FoundEpisode[];
  /** Turns of these episodes, in the order of deciding. */
  readonly turns: readonly Turn[];
  readonly score: Score | undefined;
  /** Event times of the first and last sample that was judged. */
  readonly data: { readonly fromMs: number; readonly toMs: number } | undefined;
  readonly samples: { readonly own: number; readonly all: number };
  /** What could not be read in that time; undefined where all was. A file that a kill has cut is whole up to there. */
  readonly lost: BacktestLosses | undefined;
  /** Why samples were not acted upon. */
  readonly refused: Readonly<Record<string, number>>;
  /** Milliseconds that judging took, and those that reading did. */
  readonly judgingMs: number;
  readonly readingMs: number;
  readonly course: Course | undefined;
  /** Of the signal that the limit is a share of. */
  readonly target: Course | undefined;
}

/** Runs a rule over telemetry and tells what it would have said. Raises the Faults of what is read, INPUT_INVALID on a span that is none and on limits that `lineshaft check` would not pass, and TOO_LARGE beyond `samplesMax`. */
export async function backtest(parts: BacktestParts): Promise<Backtest> {
  const { rule, limits, blocks, fromMs = -Infinity, toMs = Infinity, windows, steady, samplesMax = Infinity } = parts;
  if (toMs < fromMs) throw new Fault('INPUT_INVALID', `The end, ${new Date(toMs).toISOString()}, is before the beginning, ${new Date(fromMs).toISOString()}.`, { fromMs, toMs });
  requireHysteresis(rule, limits);
  const settings = settingsOf(rule, limits);
  const player = rulePlayer({ rule, settings });
  let [firstMs, lastMs] = [Infinity, -Infinity];
  let judgingMs = 0;
  const begunMs = steady();
  const lost = lossesOf(toMs);
  const missed = (loss: RecordingLoss): void => {
    lost.add(loss);
    player.miss();
  };
  for await (const block of blocks(missed)) {
    if (block.fromMs > toMs) break;
    if (block.signals.has(rule.on.name)) {
      firstMs = Math.min(firstMs, block.fromMs);
      lastMs = Math.max(lastMs, block.toMs);
    }
    const atMs = steady();
    player.play(block);
    judgingMs += steady() - atMs;
    if (player.samples().all > samplesMax)
      throw new Fault(
        'TOO_LARGE',
        `More than ${samplesMax} samples would be judged. Choose an earlier end, or run "lineshaft rules backtest" at the edge, where nothing bounds it.`,
        {
          samplesMax,
        },
      );
  }
  const readingMs = steady() - begunMs - judgingMs;
  const all = episodesOf(player.turns);
  const episodes = all.filter(({ firedMs }) => firedMs >= fromMs && firedMs <= toMs);
  const ids = new Set(episodes.map(({ id }) => id));
  const hasData = firstMs <= lastMs;
  const data = hasData ? { fromMs: Math.max(firstMs, fromMs), toMs: Math.min(lastMs, toMs) } : undefined;
  return {
    rule: rule.name,
    limits: settings.limits,
    settings,
    episodes,
    turns: player.turns.filter(({ episode }) => ids.has(episode.id)),
    score:
      windows &&
      scoreOf(
        episodes,
        windows.filter(({ fromMs: from, toMs: to }) => data !== undefined && to >= data.fromMs && from <= data.toMs),
      ),
    data,
    samples: player.samples(),
    lost: lost.told(),
    refused: { ...player.state.counts },
    judgingMs,
    readingMs,
    ...(data && parts.isPlotted === true ? await coursesOf(parts, data, settings.percentOf) : { course: undefined, target: undefined }),
  };
}

/** Losses that are told one by one. */
const lossesMax = 50;

function lossesOf(endMs: number): { add(loss: RecordingLoss): void; told(): BacktestLosses | undefined } {
  let [blocks, bytes] = [0, 0];
  const parts: RecordingLoss[] = [];
  return {
    add(loss) {
      if (loss.isCut || (loss.fromMs ?? -Infinity) > endMs) return;
      blocks += loss.blocks;
      bytes += loss.bytes;
      if (parts.length < lossesMax) parts.push(loss);
    },
    told: () => (blocks === 0 ? undefined : { blocks, bytes, parts }),
  };
}

function episodesOf(turns: readonly Turn[]): readonly FoundEpisode[] {
  const found = new Map<string, FoundEpisode>();
  for (const { kind, episode } of turns) {
    const { id, startMs, atMs } = episode;
    if (kind === 'fired') found.set(id, { id, startMs, firedMs: atMs, endMs: undefined });
    // One that was open when the data begins is told from there.
    if (kind === 'cleared') found.set(id, { ...(found.get(id) ?? { id, startMs, firedMs: startMs }), endMs: atMs });
  }
  return [...found.values()];
}

async function coursesOf(
  { rule, blocks }: BacktestParts,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  percentOf: string | undefined,
): Promise<Pick<Backtest, 'course' | 'target'>> {
  const of = percentOf === undefined ? undefined : rule.with[percentOf]?.name;
  const drawn = course(fromMs, toMs);
  const target = of === undefined ? undefined : course(fromMs, toMs);
  for await (const block of blocks()) {
    if (block.fromMs > toMs) break;
    const own = block.columns(rule.on.name);
    if (own) drawn.add(own.atMs, own.values);
    if (of === undefined || !target) continue;
    for (const mark of block.marks) {
      // What is told seldom is known from before.
      const known = mark.kind === 'states' ? mark.known[of] : undefined;
      if (typeof known?.value === 'number') target.add([known.atMs], [known.value]);
    }
    const share = block.columns(of);
    if (share && !share.words) target.add(share.atMs, share.values);
  }
  target?.holdOn();
  return { course: drawn, target };
}
