import { backtest } from '../../engine/backtest/backtest.ts';
import type { AnsweringLog, BacktestOrder, BacktestOutcome, DrawnCourse, MachineOutcome, TriedFlow, TriedFlows } from '../../engine/backtest/backtest-order.ts';
import { limitKind, type Course } from '../../engine/backtest/backtest-plot.ts';
import { forecast, machineEvents, ruleEvents, type Forecast, type ForecastParts, type GivenEvent } from '../../engine/backtest/forecast.ts';
import { readLabels } from '../../engine/backtest/labels.ts';
import { machineBacktest } from '../../engine/backtest/machine-backtest.ts';
import type { RecordingLoss } from '../../engine/backtest/recording-loss.ts';
import { readStateLabels } from '../../engine/backtest/state-labels.ts';
import { ruleTerms } from '../../engine/graph/rule-words.ts';
import { loadLandscape } from '../../engine/releases/load.ts';
import { oversight } from '../../engine/watch/oversight.ts';
import { noWatch } from '../../engine/watch/watch.ts';
import type { TelemetryBlock } from '../../engine/telemetry/telemetry-block.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Landscape } from '../../model/landscape.ts';
import { memoryStore } from '../../store/memory/memory-store.ts';
import { blocksOfFile } from '../recording-file.ts';
import { recordedBlocks } from '../telemetry-shelf.ts';

/** Episodes or changes, states, their times, flows and asks of a flow that are told one by one, and characters of what is asked for. */
const episodesMax = 500;
const spansMax = 2_000;
const timesMax = 200;
const flowsMax = 50;
const effectsMax = 20;
const inputMax = 2_000;

export interface BacktestGiven {
  readonly landscape: string;
  /** Where the recording lies. */
  readonly telemetry: string;
  /** Whether it is a file, which the hub fetched, and no edge's own folder. */
  readonly isFile: boolean;
  readonly order: BacktestOrder;
}

/** One backtest with the flows that would have followed, as a page shows it. Raises the Faults of landscape, labels and recording. */
export async function runBacktest(given: BacktestGiven, log: AnsweringLog): Promise<BacktestOutcome | MachineOutcome> {
  const landscape = await loadLandscape(given.landscape);
  return given.order.kind === 'rule' ? runRule(given, landscape, log) : runMachine(given, landscape, log);
}

function blocksAt({ telemetry, isFile }: Pick<BacktestGiven, 'telemetry' | 'isFile'>, onLoss: ((loss: RecordingLoss) => void) | undefined): AsyncIterable<TelemetryBlock> {
  return isFile ? blocksOfFile(telemetry, { onLoss }) : recordedBlocks(telemetry, onLoss);
}

async function runMachine({ order, ...place }: BacktestGiven, landscape: Landscape, log: AnsweringLog): Promise<MachineOutcome> {
  const { limits, fromMs, toMs, samplesMax } = order;
  const machine = landscape.of('machine').get(order.name);
  if (!machine) throw new Fault('NOT_FOUND', `The landscape's files have no machine "${order.name}" any more.`, { machine: order.name });
  const labels = order.labels === undefined ? undefined : readStateLabels(order.labels);
  const found = await machineBacktest({
    machine,
    limits,
    labels,
    blocks: (onLoss) => blocksAt(place, onLoss),
    fromMs,
    toMs,
    samplesMax,
    steady: () => performance.now(),
  });
  const { dwellMs, data, samples, lost, refused, times, coming, judgingMs, readingMs, changes, spans, score } = found;
  return {
    release: landscape.release,
    dwellMs,
    data,
    samples,
    lost,
    refused,
    coming,
    judgingMs,
    readingMs,
    times: times.slice(0, timesMax),
    found: changes.length,
    changes: changes.slice(0, episodesMax).map(({ id, atMs, data: { from, to, lasted, reason, toReason } }) => ({
      id,
      atMs,
      from,
      to,
      lasted,
      ...(reason !== undefined && { reason }),
      ...(toReason !== undefined && { toReason }),
    })),
    spans: spans.slice(-spansMax),
    labels: (labels ?? []).slice(-spansMax),
    score: score && { ...score, missed: score.missed.slice(0, episodesMax), invented: score.invented.slice(0, episodesMax) },
    ...(await triedFlows(order, landscape, log, machine, machineEvents(machine, changes))),
  };
}

async function runRule({ order, ...place }: BacktestGiven, landscape: Landscape, log: AnsweringLog): Promise<BacktestOutcome> {
  const { limits, fromMs, toMs, samplesMax } = order;
  const rule = landscape.of('rule').get(order.name);
  if (!rule) throw new Fault('NOT_FOUND', `The landscape's files have no rule "${order.name}" any more.`, { rule: order.name });
  const windows = order.labels === undefined ? undefined : readLabels(order.labels, '');
  const found = await backtest({
    rule,
    limits,
    blocks: (onLoss) => blocksAt(place, onLoss),
    fromMs,
    toMs,
    windows,
    isPlotted: true,
    samplesMax,
    steady: () => performance.now(),
  });
  const { episodes, turns, settings, course, target } = found;
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
    ...(await triedFlows(order, landscape, log, rule, ruleEvents(rule, turns))),
  };
}

async function triedFlows({ limits, edge }: BacktestOrder, landscape: Landscape, log: AnsweringLog, of: ForecastParts['of'], given: readonly GivenEvent[]): Promise<TriedFlows> {
  const parts = { landscape, limits, of, given, scratch: memoryStore(), log, edge, oversight: oversight(noWatch) };
  const flows = given.length === 0 ? [] : await forecast({ ...parts, nextTurn: (next) => void setImmediate(next) });
  const answered = flows.flatMap(({ steps }) => steps).filter(({ kind }) => kind === 'query' || kind === 'effect');
  return {
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
