// What the hub recorded, in plain words with numbers.
import { at } from '../../counterparts/verdict/testimony.ts';
import type { Moment } from '../../engine/stories/story.ts';
import { numberText } from '../../kernel/number-text.ts';
import { systemTitles, type Line } from './act-words.ts';

/** One line for how a moment stands now; undefined for what another line tells. */
export function momentLine(moment: Moment): Line | undefined {
  switch (moment.kind) {
    case 'event':
      return { who: 'event', what: eventText(moment) };
    case 'decision':
      return { who: 'decision', what: decisionText(moment) };
    case 'effect':
    case 'undo':
      return moment.system === undefined ? undefined : { who: titleOf(moment.system), what: effectText(moment) };
    case 'wait':
    case 'run':
      return { who: 'flow', what: withClock(moment.title) };
    case 'exception':
      return { who: 'exception', what: moment.title.replace(/^Exception for /, 'for ') };
    case 'query':
    case 'sleep':
      return undefined;
  }
}

function titleOf(system: string): string {
  const titles: Readonly<Record<string, string>> = systemTitles;
  return titles[system] ?? system;
}

function eventText({ title, detail }: Moment): string {
  const data = at(detail, 'data');
  const [rate, target, risk, shift] = ['measuredRatePerMin', 'targetRatePerMin', 'quantityAtRisk', 'etaShiftMinutes'].map((name) => at(data, name));
  if (typeof rate === 'number' && typeof target === 'number' && typeof risk === 'number' && typeof shift === 'number') {
    const [low, high] = [at(data, 'etaShiftLowMinutes'), at(data, 'etaShiftHighMinutes')].map((minutes) => Math.round(Number(minutes)));
    return `${title}: ${String(at(data, 'asset'))} makes ${rate.toFixed(1)} of ${target} packs/min; ${whole(risk)} packs at risk, end ${Math.round(shift)} min later (${low} to ${high})`;
  }
  const facts = ['answer', 'component', 'availableAt', 'appointment', 'windowFrom', 'order', 'asset'].flatMap((name) => {
    const value = at(data, name);
    return typeof value === 'string' ? [shown(value)] : [];
  });
  return `${title}: ${facts.join(', ')}`;
}

function decisionText({ title, detail }: Moment): string {
  const output = at(detail, 'output');
  const question = title.replace(/^Decides: /, '').replace(/ → .*$/, '');
  const [kind, demand, shortage, money, end, delay] = ['kind', 'demand', 'shortage', 'moneyAtRisk', 'plannedEnd', 'delayMinutes'].map((name) => at(output, name));
  const outcome = [
    typeof kind === 'string' ? kind : 'decided',
    typeof shortage === 'number' && typeof demand === 'number' ? `${whole(shortage)} of ${whole(demand)} packs short` : '',
    typeof money === 'string' ? `${money.split(' ').map(numberText).join(' ')} at risk` : '',
    typeof delay === 'number' ? `${delay} min late` : '',
    typeof end === 'string' ? `end ${shown(end)}` : '',
  ].filter((part) => part !== '');
  return `${question} → ${outcome.join(', ')}`;
}

function effectText({ title, status, durationMs = 0, tries = [], detail }: Moment): string {
  const action = title.slice(title.indexOf(': ') + 2);
  const input = at(detail, 'input');
  const [end, expected, needed, from, to] = [at(input, 'plannedEnd'), at(input, 'expectedAt'), at(input, 'neededAt'), at(input, 'window', 'from'), at(input, 'window', 'to')];
  const wish =
    typeof end === 'string'
      ? `end ${shown(end)}`
      : typeof expected === 'string'
        ? `expected ${shown(expected)}`
        : typeof needed === 'string'
          ? `needed ${shown(needed)}`
          : typeof from === 'string'
            ? `${shown(from)} to ${shown(String(to))}`
            : '';
  const last = tries.at(-1);
  const why = last?.note === undefined ? (last?.what ?? '') : `${last.what}: ${last.note}`;
  return `${action}${wish === '' ? '' : `, ${wish}`} … ${statusText(status, durationMs, why)}`;
}

function statusText(status: string, durationMs: number, why: string): string {
  const took = durationMs < 1_000 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1_000).toFixed(1)} s`;
  switch (status) {
    case 'done':
      return `done in ${took}${why === '' ? '' : ` (${why})`}`;
    case 'open':
      return `waits${why === '' ? '' : ` (${why})`}`;
    case 'sent':
      return 'sent';
    case 'unknown':
      // A yes of a system that is known to say yes and do nothing is read back before it counts.
      return why === 'answered' ? 'answered, read back to be sure' : `outcome unknown (${why})`;
    default:
      return `${status}${why === '' ? '' : ` (${why})`}`;
  }
}

function whole(value: number): string {
  return numberText(Math.round(value));
}

/** Instants in a sentence as the time of day, with seconds. */
function withClock(text: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (instant) => new Date(instant).toLocaleTimeString('en-GB'));
}

/** Instants as the time of day on this machine's clock; other texts as they are. */
function shown(text: string): string {
  if (!/^\d{4}-\d\d-\d\dT/.test(text)) return text;
  return new Date(text).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}
