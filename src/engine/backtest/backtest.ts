import type { LimitValues } from '../../model/limit.ts';
import type { LimitsUsed, Rule } from '../../model/rule.ts';
import type { Turn } from '../rules/evaluation.ts';
import { requireHysteresis } from '../check/rule-check.ts';
import { settingsOf, type RuleSettings } from '../rules/rule-settings.ts';
import { course, type Course } from './backtest-plot.ts';
import { scoreOf, type FoundEpisode, type LabelledWindow, type Score } from './labels.ts';
import { playing, type Playing, type PlayingParts } from './playing.ts';
import { rulePlayer } from './rule-player.ts';

export interface BacktestParts extends Omit<PlayingParts, 'player' | 'own'> {
  readonly rule: Rule;
  readonly limits: LimitValues;
  /** The recording or file, from its beginning; asked for twice where a plot is drawn. Episodes that fired between `fromMs` and `toMs` are told; what lies before fills the windows. */
  readonly blocks: PlayingParts['blocks'];
  readonly windows?: readonly LabelledWindow[] | undefined;
  readonly isPlotted?: boolean;
}

export interface Backtest extends Playing {
  readonly rule: string;
  readonly limits: LimitsUsed;
  readonly settings: RuleSettings;
  readonly episodes: readonly FoundEpisode[];
  /** Turns of these episodes, in the order of deciding. */
  readonly turns: readonly Turn[];
  readonly score: Score | undefined;
  /** Why samples were not acted upon. */
  readonly refused: Readonly<Record<string, number>>;
  readonly course: Course | undefined;
  /** Of the signal that the limit is a share of. */
  readonly target: Course | undefined;
}

/** Runs a rule over telemetry and tells what it would have said. Raises the Faults of what is read, INPUT_INVALID on a span that is none and on limits that `lineshaft check` would not pass, and TOO_LARGE beyond `samplesMax`. */
export async function backtest(parts: BacktestParts): Promise<Backtest> {
  const { rule, limits, fromMs = -Infinity, toMs = Infinity, windows } = parts;
  requireHysteresis(rule, limits);
  const settings = settingsOf(rule, limits);
  const player = rulePlayer({ rule, settings });
  const played = await playing({ ...parts, player, own: rule.on.name });
  const all = episodesOf(player.turns);
  const episodes = all.filter(({ firedMs }) => firedMs >= fromMs && firedMs <= toMs);
  const ids = new Set(episodes.map(({ id }) => id));
  const { data } = played;
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
    ...played,
    refused: { ...player.state.counts },
    ...(data && parts.isPlotted === true ? await coursesOf(parts, data, settings.percentOf) : { course: undefined, target: undefined }),
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
