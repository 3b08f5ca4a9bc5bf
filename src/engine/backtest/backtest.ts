import type { LimitValues } from '../../model/limit.ts';
import type { LimitsUsed, Rule } from '../../model/rule.ts';
import type { Turn } from '../rules/evaluation.ts';
import { settingsOf, type RuleSettings } from '../rules/rule-settings.ts';
import type { TelemetryBlock } from '../telemetry/telemetry-block.ts';
import { course, type Course } from './backtest-plot.ts';
import { scoreOf, type FoundEpisode, type LabelledWindow, type Score } from './labels.ts';
import { rulePlayer } from './rule-player.ts';

export interface BacktestParts {
  readonly rule: Rule;
  readonly limits: LimitValues;
  /** The recording or file, from its beginning; asked for twice where a plot is drawn. */
  readonly blocks: () => AsyncIterable<TelemetryBlock> | Iterable<TelemetryBlock>;
  /** Episodes that fired in this time are told, event time; what lies before fills the windows. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly windows?: readonly LabelledWindow[] | undefined;
  readonly isPlotted?: boolean;
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
  /** Why samples were not acted upon. */
  readonly refused: Readonly<Record<string, number>>;
  /** Milliseconds that judging took, and those that reading did. */
  readonly judgingMs: number;
  readonly readingMs: number;
  readonly course: Course | undefined;
}

/** Runs a rule over telemetry and tells what it would have said. Raises the Faults of what is read. */
export async function backtest(parts: BacktestParts): Promise<Backtest> {
  const { rule, limits, blocks, fromMs = -Infinity, toMs = Infinity, windows, steady } = parts;
  const settings = settingsOf(rule, limits);
  const player = rulePlayer({ rule, settings });
  let [firstMs, lastMs] = [Infinity, -Infinity];
  let judgingMs = 0;
  const begunMs = steady();
  for await (const block of blocks()) {
    if (block.fromMs > toMs) break;
    if (block.signals.has(rule.on.name)) {
      firstMs = Math.min(firstMs, block.fromMs);
      lastMs = Math.max(lastMs, block.toMs);
    }
    const atMs = steady();
    player.play(block);
    judgingMs += steady() - atMs;
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
    refused: { ...player.state.counts },
    judgingMs,
    readingMs,
    course: data && parts.isPlotted === true ? await courseOf(parts, data) : undefined,
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

async function courseOf({ rule, blocks }: BacktestParts, { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): Promise<Course> {
  const drawn = course(fromMs, toMs);
  for await (const block of blocks()) {
    const columns = block.columns(rule.on.name);
    if (columns) drawn.add(columns.atMs, columns.values);
  }
  return drawn;
}
