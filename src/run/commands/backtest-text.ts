import type { Backtest } from '../../engine/backtest/backtest.ts';
import { durationText } from '../../kernel/duration.ts';
import { numberText } from '../../kernel/number-text.ts';
import type { Rule } from '../../model/rule.ts';
import type { BacktestForecast } from '../backtest-forecast.ts';

const listedMax = 50;

/** A backtest for a terminal. */
export function backtestText(found: Backtest, rule: Rule): string {
  const { data, episodes, limits } = found;
  const set = Object.entries(limits.values).map(([name, value]) => `${name}=${value}`);
  return [
    `${rule.name}: ${rule.title}`,
    `  limits ${limits.version}${set.length === 0 ? '' : ` (${set.join(', ')})`}`,
    data ? `  data   ${instant(data.fromMs)} … ${instant(data.toMs)}, ${speedText(found)}` : '  data   none: nothing of its signal is there',
    ...lostText(found),
    '',
    ...episodes.slice(0, listedMax).map((episode) => episodeText(found, episode)),
    ...(episodes.length > listedMax ? [`  … and ${episodes.length - listedMax} more`] : []),
    data === undefined
      ? 'It cannot be told whether it would have fired.'
      : episodes.length === 0
        ? 'It would not have fired.'
        : `It would have fired ${episodes.length === 1 ? 'once' : `${numberText(episodes.length)} times`}.`,
    ...(found.lost ? ['What could not be read is left out: the answer is not whole.'] : []),
    ...scoreText(found),
    '',
  ].join('\n');
}

export function lostText({ lost }: Pick<Backtest, 'lost'>): readonly string[] {
  if (!lost) return [];
  const told = lost.parts.reduce((sum, { blocks }) => sum + blocks, 0);
  return [
    ...lost.parts.map(({ file, blocks, bytes, fromMs, toMs }) => {
      const span =
        fromMs === undefined
          ? `before ${toMs === undefined ? 'its end' : instant(toMs)}`
          : toMs === undefined
            ? `after ${instant(fromMs)}`
            : `${instant(fromMs)} … ${instant(toMs)}`;
      return `  lost   ${blocks === 1 ? '1 block' : `${numberText(blocks)} blocks`}, ${numberText(bytes)} bytes of ${file} cannot be read: nothing is known of ${span}`;
    }),
    ...(told < lost.blocks ? [`  lost   … and ${numberText(lost.blocks - told)} blocks more`] : []),
  ];
}

function speedText({ samples, judgingMs, refused }: Backtest): string {
  const { taken: _taken, merged: _merged, ...left } = refused;
  const reasons = Object.entries(left).flatMap(([reason, count]) => (count > 0 ? [`${numberText(count)} ${reason}`] : []));
  const rate = judgingMs > 0 ? `, ${(samples.own / judgingMs / 1_000).toFixed(1)} M/s` : '';
  return `${samples.own === 1 ? '1 sample' : `${numberText(samples.own)} samples`} judged in ${numberText(Math.round(judgingMs))} ms${rate}${reasons.length === 0 ? '' : `; left out: ${reasons.join(', ')}`}`;
}

function episodeText({ turns, data }: Backtest, { id, startMs, firedMs, endMs }: Backtest['episodes'][number]): string {
  const fired = turns.find(({ kind, episode }) => kind === 'fired' && episode.id === id)?.episode;
  const measured = fired ? `  ${number(fired.window.value)} ${fired.window.unit === '1' ? '' : fired.window.unit}`.trimEnd() : '';
  const lasted = endMs === undefined ? `open at the end, after ${durationText((data?.toMs ?? startMs) - startMs)}` : `${durationText(endMs - startMs)} long`;
  return `  fired ${instant(firedMs)}  since ${instant(startMs)}  ${lasted}${measured}  ${id}`;
}

function scoreText({ score }: Backtest): readonly string[] {
  if (!score) return [];
  const lead = score.leadMs.toSorted((a, b) => a - b);
  const middle = lead[Math.floor(lead.length / 2)];
  return [
    `Known windows: ${score.hit} of ${score.windows} hit (recall ${percent(score.recall)}); ${score.falseEpisodes} of ${score.episodes} episodes false (precision ${percent(score.precision)}).`,
    ...(middle === undefined ? [] : [`Lead before the end of a window: ${durationText(Math.max(0, middle))} in the middle, ${durationText(Math.max(0, lead[0] ?? 0))} at least.`]),
  ];
}

/** The flows that would have started, and what they would have asked for. */
export function forecastText({ flows, withoutLog }: BacktestForecast): string {
  if (flows.length === 0) return 'No flow would have started.\n';
  const answered = flows
    .flatMap(({ steps }) => steps)
    .filter(({ answer, kind }) => (kind === 'query' || kind === 'effect') && (answer === 'log' || answer === 'recorded' || answer === 'stand-in'));
  const ofThen = answered.filter(({ answer }) => answer !== 'stand-in').length;
  return [
    '',
    'Flows that would have started (nothing was sent):',
    ...flows
      .slice(0, listedMax)
      .flatMap(({ flow, key, event, end, why, steps }) => [
        `  ${flow} ${key ?? ''}  ${event.taken} → ${end}${why === undefined ? '' : `: ${why}`}`,
        ...steps
          .filter(({ kind }) => kind === 'effect' || kind === 'raise')
          .map(
            ({ kind, name, system, input, answer }) =>
              `    ${kind === 'raise' ? 'raise ' : ''}${name}${system === undefined ? '' : ` → ${system}`}  ${shortText(input)}${answer === 'stand-in' ? '  [stand-in]' : ''}`,
          ),
      ]),
    ...(flows.length > listedMax ? [`  … and ${flows.length - listedMax} more`] : []),
    `${ofThen} answers are those of then, from the log${withoutLog === undefined ? '' : ` (not asked: ${withoutLog})`}, ${answered.filter(({ answer }) => answer === 'stand-in').length} answers stand in.`,
    '',
  ].join('\n');
}

/** Letters of an input that are shown. */
const lettersMax = 120;

function shortText(input: unknown): string {
  const text = JSON.stringify(input) ?? '';
  return text.length > lettersMax ? `${text.slice(0, lettersMax)}…` : text;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function number(value: number): string {
  return String(Number(value.toPrecision(5)));
}

export function instant(ms: number): string {
  return new Date(ms).toISOString();
}
