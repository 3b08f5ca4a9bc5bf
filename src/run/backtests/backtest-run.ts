import { backtest } from '../../engine/backtest/backtest.ts';
import type { AnsweringLog, BacktestOrder, BacktestOutcome, DrawnCourse, TriedFlow } from '../../engine/backtest/backtest-order.ts';
import { limitKind, type Course } from '../../engine/backtest/backtest-plot.ts';
import { forecast, ruleEvents, type Forecast } from '../../engine/backtest/forecast.ts';
import { readLabels } from '../../engine/backtest/labels.ts';
import { ruleTerms } from '../../engine/graph/rule-words.ts';
import { loadLandscape } from '../../engine/releases/load.ts';
import { oversight } from '../../engine/watch/oversight.ts';
import { noWatch } from '../../engine/watch/watch.ts';
import { Fault } from '../../kernel/errors.ts';
import { memoryStore } from '../../store/memory/memory-store.ts';
import { recordedBlocks } from '../telemetry-shelf.ts';

/** Episodes, flows and asks of a flow that are told one by one, and characters of what is asked for. */
const episodesMax = 500;
const flowsMax = 50;
const effectsMax = 20;
const inputMax = 2_000;

/** One backtest with the flows that would have followed, as a page shows it. Raises the Faults of landscape, labels and recording. */
export async function runBacktest(given: { readonly landscape: string; readonly telemetry: string; readonly order: BacktestOrder }, log: AnsweringLog): Promise<BacktestOutcome> {
  const { order, telemetry } = given;
  const { limits, fromMs, toMs, samplesMax, edge } = order;
  const landscape = await loadLandscape(given.landscape);
  const rule = landscape.of('rule').get(order.rule);
  if (!rule) throw new Fault('NOT_FOUND', `The landscape's files have no rule "${order.rule}" any more.`, { rule: order.rule });
  const windows = order.labels === undefined ? undefined : readLabels(order.labels, '');
  const found = await backtest({
    rule,
    limits,
    blocks: (onLoss) => recordedBlocks(telemetry, onLoss),
    fromMs,
    toMs,
    windows,
    isPlotted: true,
    samplesMax,
    steady: () => performance.now(),
  });
  const { episodes, turns, settings, course, target } = found;
  const flows =
    turns.length === 0
      ? []
      : await forecast({
          landscape,
          limits,
          of: rule,
          given: ruleEvents(rule, turns),
          scratch: memoryStore(),
          log,
          edge,
          oversight: oversight(noWatch),
          nextTurn: (next) => void setImmediate(next),
        });
  const answered = flows.flatMap(({ steps }) => steps).filter(({ kind }) => kind === 'query' || kind === 'effect');
  const fired = new Map(turns.flatMap(({ kind, episode }) => (kind === 'fired' ? [[episode.id, episode.window.value] as const] : [])));
  return {
    release: landscape.release,
    limits: found.limits,
    terms: ruleTerms(rule, limits),
    data: found.data,
    samples: found.samples,
    lost: found.lost,
    judgingMs: found.judgingMs,
    readingMs: found.readingMs,
    found: episodes.length,
    episodes: episodes.slice(0, episodesMax).map((episode) => ({ ...episode, value: fired.get(episode.id) })),
    windows: windows ?? [],
    score: found.score,
    course: course && drawnCourse(course),
    target: target && drawnCourse(target),
    drawn: limitKind(settings),
    flowsFound: flows.length,
    flows: flows.slice(0, flowsMax).map(triedFlow),
    answers: {
      ofThen: answered.filter(({ answer }) => answer === 'log' || answer === 'recorded').length,
      standIn: answered.filter(({ answer }) => answer === 'stand-in').length,
    },
  };
}

function drawnCourse({ fromMs, toMs, columns }: Course): DrawnCourse {
  return { fromMs, toMs, columns: columns.map((column) => (column ? [column.lowest, column.highest] : null)) };
}

function triedFlow({ flow, key, event, end, why, steps }: Forecast): TriedFlow {
  const effects = steps
    .filter(({ kind }) => kind === 'effect' || kind === 'raise')
    .slice(0, effectsMax)
    .map(({ kind, name, system, input, answer }) => ({ kind, name, system, input: short(input), answer }));
  return { flow, key, event, end, why, effects };
}

function short(input: unknown): unknown {
  const text = JSON.stringify(input) ?? '';
  return text.length <= inputMax ? input : `${text.slice(0, inputMax)}…`;
}
